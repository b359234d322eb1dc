"""The keys that sign passes, those that signed earlier ones, and other gates' public keys.

A pass is a CWT (RFC 8392) in a COSE_Sign1 (RFC 9052, section 4.2) signed with Ed25519, as base45 text (RFC 9285) so
that a QR code of version 8 holds it in alphanumeric mode. `kiosk.services.pass_tokens` has its claims.

A key of this gate signs until another replaces it: then its private half is destroyed, and its public half is honoured
until its last pass has ended. Retired, it vouches for what had ended by then and for nothing else, so that an old pass
is still told to be expired and not forged. What is changed by a command holds in a running server from the next scan
on: every use looks at a number in the store that each change counts up.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from cwt.cose_key_interface import COSEKeyInterface
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from kiosk.domain.passes import PassClaims
from kiosk.domain.text import can_be_seen, is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.key_sets import PublicKey, read_key_set, write_key_set
from kiosk.services.pass_tokens import read_claims, write_claims
from kiosk.services.sealing import SealingError, SealingKey
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import counters, pass_keys, passes

MAX_GATE_CHARACTERS: Final = 32
_KID_BYTES: Final = 4
_MAX_TOKEN_CHARACTERS: Final = 1024
"""No pass is nearly as long; anything longer is somebody else's code and not worth decoding."""
_COSE_SIGN1: Final = 18  # RFC 9052 section 2
_KID: Final = 4  # RFC 9052 section 3.1
_GENERATION: Final = "pass keys"
_READ_GENERATION: Final = f"SELECT value FROM counters WHERE name = '{_GENERATION}'"  # noqa: S608 - a constant
_SYSTEM: Final = "system"


class PassKeyState(StrEnum):
    """What a key is good for."""

    SIGNING = "signing"
    HONOURED = "honoured"  # replaced, and passes that it signed have not all ended
    RETIRED = "retired"
    TRUSTED = "trusted"  # another gate's


@dataclass(frozen=True, slots=True)
class PassKey:
    """A key on record, without its halves. `gate` is the other gate's name, empty for this one's keys."""

    kid: bytes
    gate: str
    state: PassKeyState
    created_at: datetime
    replaced_at: datetime | None
    retired_at: datetime | None
    last_pass_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedPass:
    """A pass as text, and the key that signed it."""

    token: str
    kid: bytes


@dataclass(frozen=True, slots=True)
class PassReading:
    """What a scanned text is.

    Attributes:
        is_pass: it has the form of a pass, whoever made it.
        claims: only when it is genuine: signed by this gate or by one that it trusts.
        kid: the key that it says has signed it; empty when it is no pass.
        gate: name of the other gate whose key that is, empty for this gate's and for keys nobody here knows.
    """

    is_pass: bool
    claims: PassClaims | None = None
    kid: bytes = b""
    gate: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    key: COSEKeyInterface
    gate: str
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Ring:
    """All keys as they were when the number in the store was `generation`."""

    generation: int
    signing: COSEKeyInterface | None
    known: Mapping[bytes, _Known]


class PassKeys:
    """The key store. Safe to use from any thread."""

    def __init__(self, store: Store, sealing: SealingKey) -> None:
        self._store = store
        self._sealing = sealing
        self._cose = COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True)
        self._ring = _Ring(-1, None, {})

    def load(self) -> None:
        """Make the first pair at first start, and know the keys from then on.

        A private key that the sealing key no longer opens is replaced: its passes stay good, as the public half is not
        sealed, and a new pair signs from now on.
        """
        with self._store.write() as transaction:
            signing = transaction.connection.execute(select(pass_keys).where(_CAN_SIGN)).all()
            usable = [row for row in signing if self._opens(row)]
            for row in signing:
                if row not in usable:
                    self._replace(transaction, row.kid, actor=_SYSTEM, why="sealing key changed")
            if not usable:
                self._make(transaction, actor=_SYSTEM)
        self._ring_now()

    def sign(self, claims: PassClaims) -> SignedPass:
        """Sign claims into the text of a QR code."""
        signing = self._ring_now().signing
        if signing is None:
            raise RuntimeError("the pass keys are not loaded")
        message = self._cose.encode_and_sign(write_claims(claims), signing)
        return SignedPass(str(base45.b45encode(message), "ascii"), signing.kid or b"")

    def read(self, text: str) -> PassReading:
        """Tell what a scanned text is: nothing of ours, a pass nobody here trusts, or a genuine one.

        No text makes this raise; a store that cannot be read does, as it would for whatever follows.
        """
        parts = _parts_of(text)
        if parts is None:
            return PassReading(is_pass=False)
        message, kid = parts
        known = self._ring_now().known.get(kid)
        if known is None:
            return PassReading(is_pass=True, kid=kid)
        try:
            claims = read_claims(self._cose.decode(message, known.key))
        except Exception:  # noqa: BLE001 - a bad signature and a signed absurdity are both no pass of ours
            return PassReading(is_pass=True, kid=kid, gate=known.gate)
        is_vouched_for = known.retired_at is None or claims.not_after <= known.retired_at
        return PassReading(is_pass=True, claims=claims if is_vouched_for else None, kid=kid, gate=known.gate)

    def all(self) -> list[PassKey]:
        """Every key on record: this gate's, then the other gates' by name, each the oldest first."""
        with self._store.read() as connection:
            ends = select(passes.c.kid, func.max(passes.c.not_after)).group_by(passes.c.kid)
            last = {row[0]: row[1] for row in connection.execute(ends)}
            rows = connection.execute(select(pass_keys).order_by(pass_keys.c.gate, pass_keys.c.created_at)).all()
        return [
            PassKey(row.kid, row.gate, _state_of(row), row.created_at, row.replaced_at, row.retired_at,
                    last.get(row.kid))
            for row in rows
        ]  # fmt: skip

    def rotate(self, *, actor: str) -> bytes:
        """Sign with a new pair from now on; returns its key's id. What the old one signed stays good."""
        with self._store.write() as transaction:
            for row in transaction.connection.execute(select(pass_keys.c.kid).where(_CAN_SIGN)).all():
                self._replace(transaction, row.kid, actor=actor)
            return self._make(transaction, actor=actor)

    def retire_spent_keys(self, now: datetime) -> int:
        """Retire the replaced keys whose last pass has ended; returns how many.

        A clock that runs ahead harms nothing: a key retired too early still vouches for all that ends by then.
        """
        with self._store.write() as transaction:
            replaced = select(pass_keys.c.kid).where(
                pass_keys.c.gate == "", pass_keys.c.replaced_at.is_not(None), pass_keys.c.retired_at.is_(None)
            )
            spent = [
                row.kid for row in transaction.connection.execute(replaced).all()
                if not _has_pass_after(transaction.connection, row.kid, now)
            ]  # fmt: skip
            for kid in spent:
                values = {"retired_at": now}
                transaction.connection.execute(update(pass_keys).where(pass_keys.c.kid == kid).values(values))
                transaction.record(_SYSTEM, "pass_key.retired", {"kid": kid.hex()})
            if spent:
                _count_up(transaction)
        return len(spent)

    def export(self) -> bytes:
        """The public halves of this gate's keys that are not retired, as a COSE_KeySet (RFC 9052, section 7)."""
        wanted = select(pass_keys).where(pass_keys.c.gate == "", pass_keys.c.retired_at.is_(None))
        with self._store.read() as connection:
            rows = connection.execute(wanted.order_by(pass_keys.c.created_at)).all()
        return write_key_set([PublicKey(row.kid, row.public) for row in rows])

    def trust(self, exported: bytes, gate: str, *, actor: str) -> tuple[int, int]:
        """Honour another gate's passes: `exported` holds all its keys; those it had before and are not there go.

        Returns:
            How many keys are new and how many are gone.

        Raises:
            Invalid: `name` is none, or `file` is no set of Ed25519 keys, or has a private one.
            Conflict: `pass-key-taken`: one of the keys is this gate's or another one's.
        """
        if not can_be_seen(gate) or not is_one_line(gate) or len(gate) > MAX_GATE_CHARACTERS:
            raise Invalid({"name": FieldProblem.TOO_LONG if len(gate) > MAX_GATE_CHARACTERS else FieldProblem.REQUIRED})
        told = {key.kid: key for key in read_key_set(exported)}
        with self._store.write() as transaction:
            rows = transaction.connection.execute(select(pass_keys)).all()
            if any(row.kid in told and (row.gate != gate or row.public != told[row.kid].public) for row in rows):
                raise Conflict("pass-key-taken", "A key of that set is on record already, and not as this gate's.")
            known = {row.kid for row in rows if row.gate == gate}
            gone, new = known - told.keys(), told.keys() - known
            for kid in sorted(new):
                row = {"kid": kid, "public": told[kid].public, "gate": gate, "created_at": transaction.now}
                transaction.connection.execute(insert(pass_keys), row)
                transaction.record(actor, "pass_key.trusted", {"kid": kid.hex()})
            _forget(transaction, gone, actor)
        return len(new), len(gone)

    def distrust(self, gate: str, *, actor: str) -> int:
        """Honour none of that gate's passes any more; returns how many keys are gone.

        Raises:
            NotFound: no gate of that name is trusted.
        """
        with self._store.write() as transaction:
            of_gate = select(pass_keys.c.kid).where(pass_keys.c.gate == gate, pass_keys.c.gate != "")
            gone = set(transaction.connection.execute(of_gate).scalars())
            if not gone:
                raise NotFound("trusted gate")
            _forget(transaction, gone, actor)
        return len(gone)

    def _ring_now(self) -> _Ring:
        with self._store.read() as connection:
            # By the driver: this stands between every scan and its gate.
            row = connection.exec_driver_sql(_READ_GENERATION).fetchone()
            generation = int(row[0]) if row else 0
            if self._ring.generation != generation:
                self._ring = self._read_ring(connection, generation)
            return self._ring

    def _read_ring(self, connection: Connection, generation: int) -> _Ring:
        signing = None
        known: dict[bytes, _Known] = {}
        for row in connection.execute(select(pass_keys)):
            known[row.kid] = _Known(_cose_key(row.kid, row.public), row.gate, row.retired_at)
            if row.sealed_private is not None and self._opens(row):
                signing = _cose_key(row.kid, row.public, self._unseal(row))
        if signing is None and self._ring.signing is not None:
            # A command with another sealing key has made a new pair: the gate does not stop for that.
            still = known.get(self._ring.signing.kid or b"")
            signing = self._ring.signing if still is not None and still.retired_at is None else None
        return _Ring(generation, signing, known)

    def _opens(self, row: Row[Any]) -> bool:
        try:
            self._unseal(row)
        except SealingError:
            return False
        return True

    def _unseal(self, row: Row[Any]) -> bytes:
        return self._sealing.unseal(row.sealed_private, _seal_name(row.kid))

    def _make(self, transaction: Transaction, *, actor: str) -> bytes:
        private = Ed25519PrivateKey.generate()
        kid = secrets.token_bytes(_KID_BYTES)
        sealed = self._sealing.seal(private.private_bytes_raw(), _seal_name(kid))
        public = private.public_key().public_bytes_raw()
        row = {"kid": kid, "public": public, "sealed_private": sealed, "created_at": transaction.now}
        transaction.connection.execute(insert(pass_keys), row)
        transaction.record(actor, "pass_key.made", {"kid": kid.hex()})
        _count_up(transaction)
        return kid

    @staticmethod
    def _replace(transaction: Transaction, kid: bytes, *, actor: str, why: str = "rotated") -> None:
        values = {"replaced_at": transaction.now, "sealed_private": None}
        transaction.connection.execute(update(pass_keys).where(pass_keys.c.kid == kid).values(values))
        transaction.record(actor, "pass_key.replaced", {"kid": kid.hex(), "why": why})
        _count_up(transaction)


_CAN_SIGN: Final = pass_keys.c.sealed_private.is_not(None)


def _parts_of(text: str) -> tuple[bytes, bytes] | None:
    """The signed message of a pass and the id of its key; None for a text of another form."""
    if len(text) > _MAX_TOKEN_CHARACTERS:
        return None
    try:
        message = base45.b45decode(text)
        tagged = cbor2.loads(message)
        protected, unprotected, _payload, _signature = tagged.value
        kid = unprotected.get(_KID) or cbor2.loads(protected).get(_KID)
        is_pass = tagged.tag == _COSE_SIGN1 and isinstance(kid, bytes)
    except Exception:  # noqa: BLE001 - the text may be anything in the world, and base45 and CBOR say so variously
        return None
    return (message, kid) if is_pass else None


def _cose_key(kid: bytes, public: bytes, private: bytes | None = None) -> COSEKeyInterface:
    # RFC 9053 section 7.2: 1 kty = OKP(1), 3 alg = EdDSA(-8), -1 crv = Ed25519(6), -2 x, -4 d.
    parameters: dict[int, Any] = {1: 1, 2: kid, 3: -8, -1: 6, -2: public}
    if private is not None:
        parameters[-4] = private
    return COSEKey.new(parameters)


def _seal_name(kid: bytes) -> str:
    return f"pass key {kid.hex()}"


def _state_of(row: Row[Any]) -> PassKeyState:
    if row.gate:
        return PassKeyState.TRUSTED
    if row.retired_at is not None:
        return PassKeyState.RETIRED
    return PassKeyState.HONOURED if row.replaced_at is not None else PassKeyState.SIGNING


def _has_pass_after(connection: Connection, kid: bytes, now: datetime) -> bool:
    # A pass whose key could not be told from its text may be any key's.
    of_key = or_(passes.c.kid == kid, passes.c.kid.is_(None))
    return connection.execute(select(passes.c.seq).where(of_key, passes.c.not_after > now).limit(1)).first() is not None


def _forget(transaction: Transaction, kids: set[bytes], actor: str) -> None:
    for kid in sorted(kids):
        transaction.connection.execute(delete(pass_keys).where(pass_keys.c.kid == kid))
        transaction.record(actor, "pass_key.distrusted", {"kid": kid.hex()})
    _count_up(transaction)


def _count_up(transaction: Transaction) -> None:
    raised = update(counters).where(counters.c.name == _GENERATION).values(value=counters.c.value + 1)
    if not transaction.connection.execute(raised).rowcount:
        transaction.connection.execute(insert(counters), {"name": _GENERATION, "value": 1})
