"""Passes: signed QR codes that let their bearer through, and the keys that sign them.

A pass is a CWT (RFC 8392) in a COSE_Sign1 (RFC 9052, section 4.2) signed with Ed25519, as base45 text (RFC 9285) so
that a QR code of version 8 holds it in alphanumeric mode. Claims: 4 `exp`, 5 `nbf`, 7 `cti` (the pass's id), and
the private claim -65537: [unit, maximum of uses or null, lanes or null]. `nbf` and `exp` are demanded here; the
times themselves are judged by `kiosk.domain.access.decide` against the gate's own clock.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from cwt.cose_key_interface import COSEKeyInterface
from sqlalchemy import insert, select, update

from kiosk.domain.access import CredentialState
from kiosk.domain.ids import new_id
from kiosk.domain.passes import PassClaims
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.sealing import SealingError, SealingKey
from kiosk.services.units import require_unit
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import pass_keys, passes

_EXP, _NBF, _CTI, _GRANT = 4, 5, 7, -65537
_KID_BYTES: Final = 4
_MAX_TOKEN_CHARACTERS: Final = 1024
"""No pass is nearly as long; anything longer is somebody else's code and not worth decoding."""


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """A pass as handed to its holder."""

    id: str
    token: str


@dataclass(frozen=True, slots=True)
class PassReading:
    """What a scanned text is. `claims` only when it is a genuine pass of this estate."""

    is_pass: bool
    claims: PassClaims | None = None


class PassKeys:
    """The signing key and every key whose passes are still honoured. Read-only after `load`."""

    def __init__(self, store: Store, sealing: SealingKey) -> None:
        self._store = store
        self._sealing = sealing
        self._cose = COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True)
        self._signing: COSEKeyInterface | None = None
        self._trusted: dict[bytes, COSEKeyInterface] = {}

    def load(self) -> None:
        """Read the keys; make the first pair at first start.

        A private key that the sealing key no longer opens is retired: its passes stay good, as the public half is not
        sealed, and a new pair signs from now on.
        """
        with self._store.write() as transaction:
            rows = transaction.connection.execute(select(pass_keys).order_by(pass_keys.c.created_at)).all()
            for row in rows:
                self._trusted[row.kid] = _key(row.kid, row.public)
                if row.retired_at is None and row.sealed_private is not None:
                    try:
                        private = self._sealing.unseal(row.sealed_private, f"pass key {row.kid.hex()}")
                        self._signing = _key(row.kid, row.public, private)
                    except SealingError:
                        self._retire(transaction, row.kid)
            if self._signing is None:
                self._make(transaction)

    def sign(self, claims: PassClaims) -> str:
        """Sign claims into the text of a QR code."""
        if self._signing is None:
            raise RuntimeError("the pass keys are not loaded")
        payload = cbor2.dumps(
            {
                _EXP: int(claims.not_after.timestamp()),
                _NBF: int(claims.not_before.timestamp()),
                _CTI: bytes.fromhex(claims.id),
                _GRANT: [claims.unit, claims.max_uses, sorted(claims.lanes) if claims.lanes is not None else None],
            },
            canonical=True,
        )
        return str(base45.b45encode(self._cose.encode_and_sign(payload, self._signing)), "ascii")

    def read(self, text: str) -> PassReading:
        """Tell what a scanned text is: nothing of ours, a pass nobody here signed, or a genuine one. Never raises."""
        if len(text) > _MAX_TOKEN_CHARACTERS:
            return PassReading(is_pass=False)
        try:
            message = base45.b45decode(text)
            tagged = cbor2.loads(message)
            protected, unprotected, _payload, _signature = tagged.value
            kid = unprotected.get(4) or cbor2.loads(protected).get(4)
            if tagged.tag != 18 or not isinstance(kid, bytes):  # 18: COSE_Sign1, RFC 9052 section 2
                return PassReading(is_pass=False)
        except Exception:  # noqa: BLE001 - the text may be anything in the world, and base45 and CBOR say so variously
            return PassReading(is_pass=False)
        key = self._trusted.get(kid)
        if key is None:
            return PassReading(is_pass=True)
        try:
            return PassReading(is_pass=True, claims=_claims(cbor2.loads(self._cose.decode(message, key))))
        except Exception:  # noqa: BLE001 - a bad signature and a signed absurdity are both no pass of ours
            return PassReading(is_pass=True)

    def _make(self, transaction: Transaction) -> None:
        private = Ed25519PrivateKey.generate()
        kid = secrets.token_bytes(_KID_BYTES)
        raw, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
        transaction.connection.execute(
            insert(pass_keys),
            {
                "kid": kid,
                "public": public,
                "sealed_private": self._sealing.seal(raw, f"pass key {kid.hex()}"),
                "created_at": transaction.now,
            },
        )
        transaction.record("system", "pass_key.made", {"kid": kid.hex()})
        self._signing = _key(kid, public, raw)
        self._trusted[kid] = self._signing

    def _retire(self, transaction: Transaction, kid: bytes) -> None:
        transaction.connection.execute(
            update(pass_keys).where(pass_keys.c.kid == kid).values(retired_at=transaction.now, sealed_private=None)
        )
        transaction.record("system", "pass_key.retired", {"kid": kid.hex(), "why": "sealing key changed"})


class PassService:
    """Issues and revokes passes."""

    def __init__(self, store: Store, keys: PassKeys, lanes: frozenset[str]) -> None:
        self._store = store
        self._keys = keys
        self._lanes = lanes

    def issue(
        self,
        *,
        actor: str,
        unit: str,
        holder: str,
        not_before: datetime,
        not_after: datetime,
        uses: int | None,
        lanes: frozenset[str] | None,
    ) -> IssuedPass:
        """Issue a pass ahead of a visit; `uses` None means any number.

        Raises:
            Invalid: the unit or a lane does not exist, or the dates cannot be.
        """
        problems: dict[str, FieldProblem] = {}
        if _whole_second(not_after) <= _whole_second(not_before):
            problems["not_after"] = FieldProblem.ENDS_BEFORE_START
        if lanes is not None and not lanes <= self._lanes:
            problems["lanes"] = FieldProblem.UNKNOWN_LANE
        with self._store.write() as transaction:
            if not_after <= transaction.now:
                problems["not_after"] = FieldProblem.IN_THE_PAST
            if problems:
                raise Invalid(problems)
            require_unit(transaction.connection, unit)
            issued = self.issue_within(
                transaction, unit=unit, holder=holder, not_before=not_before, not_after=not_after,
                max_uses=uses, lanes=lanes, for_visit=False,
            )  # fmt: skip
            transaction.record(actor, "pass.issued", {"pass": issued.id, "uses": uses})
        return issued

    def issue_within(
        self,
        transaction: Transaction,
        *,
        unit: str,
        holder: str,
        not_before: datetime,
        not_after: datetime,
        max_uses: int | None,
        lanes: frozenset[str] | None,
        for_visit: bool,
    ) -> IssuedPass:
        """Make a pass as part of the caller's transaction, which records why."""
        claims = PassClaims(
            new_id(transaction.now), unit, _whole_second(not_before), _whole_second(not_after), max_uses, lanes
        )
        token = self._keys.sign(claims)
        transaction.connection.execute(
            insert(passes),
            {
                "id": claims.id,
                "unit": unit,
                "holder": holder,
                "not_before": claims.not_before,
                "not_after": claims.not_after,
                "max_uses": max_uses,
                # A visit's pass was used up by coming in; what is left of it is the way out.
                "uses": 1 if for_visit else 0,
                "lanes": sorted(lanes) if lanes is not None else None,
                "state": CredentialState.ACTIVE.value,
                "for_visit": for_visit,
                "token": token,
                "created_at": transaction.now,
            },
        )
        return IssuedPass(claims.id, token)

    def revoke(self, pass_id: str, *, actor: str) -> None:
        """Revoke a pass for good.

        Raises:
            NotFound: there is none of that id.
            Conflict: `already-revoked`.
        """
        with self._store.write() as transaction:
            row = transaction.connection.execute(select(passes.c.state).where(passes.c.id == pass_id)).first()
            if row is None:
                raise NotFound("pass")
            if row.state == CredentialState.REVOKED:
                raise Conflict("already-revoked", "The pass is revoked already.")
            transaction.connection.execute(
                update(passes).where(passes.c.id == pass_id).values(state=CredentialState.REVOKED.value)
            )
            transaction.record(actor, "pass.revoked", {"pass": pass_id})


def _key(kid: bytes, public: bytes, private: bytes | None = None) -> COSEKeyInterface:
    # RFC 9053 section 7.2: 1 kty = OKP(1), 3 alg = EdDSA(-8), -1 crv = Ed25519(6), -2 x, -4 d.
    parameters: dict[int, Any] = {1: 1, 2: kid, 3: -8, -1: 6, -2: public}
    if private is not None:
        parameters[-4] = private
    return COSEKey.new(parameters)


def _claims(payload: Any) -> PassClaims:
    unit, max_uses, lanes = payload[_GRANT]
    return PassClaims(
        id=payload[_CTI].hex(),
        unit=unit,
        not_before=datetime.fromtimestamp(payload[_NBF], UTC),
        not_after=datetime.fromtimestamp(payload[_EXP], UTC),
        max_uses=max_uses,
        lanes=frozenset(lanes) if lanes is not None else None,
    )


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
