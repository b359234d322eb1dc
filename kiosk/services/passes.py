"""Issuing and revoking passes: signed QR codes that let their bearer through.

`kiosk.services.pass_keys` signs and reads them, `kiosk.domain.passes` says what each kind demands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import delete, insert, select

from kiosk.domain.access import CredentialState
from kiosk.domain.ids import new_id
from kiosk.domain.passes import PassClaims, PassKind, PassTerms, kind_by_uses, settle
from kiosk.domain.text import can_be_seen, is_one_line
from kiosk.domain.time_profiles import TimeProfile
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.pass_keys import PassKeys, PassReading
from kiosk.services.pass_records import add_record, record_of, revoke_record
from kiosk.services.units import require_unit
from kiosk.services.visit_input import MAX_CHARACTERS
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import passes, revoked_elsewhere

__all__ = ["IssuedPass", "PassKeys", "PassReading", "PassService"]


@dataclass(frozen=True, slots=True)
class IssuedPass:
    """A pass as handed to its holder."""

    id: str
    token: str


class PassService:
    """Issues and revokes passes. Safe to use from any thread."""

    def __init__(self, store: Store, keys: PassKeys, lanes: frozenset[str], zone: tzinfo) -> None:
        self._store = store
        self._keys = keys
        self._lanes = lanes
        self._zone = zone

    def issue(
        self,
        *,
        actor: str,
        unit: str,
        holder: str,
        not_before: datetime,
        not_after: datetime | None,
        uses: int | None,
        lanes: frozenset[str] | None,
        kind: PassKind | None = None,
        weekly: TimeProfile | None = None,
    ) -> IssuedPass:
        """Issue a pass ahead of a visit.

        Args:
            not_after: None for a day pass, which ends at its midnight.
            uses: None means any number.
            kind: None tells it from the uses: one, or several.
            weekly: the hours of a recurring pass by the estate's clock.

        Raises:
            Invalid: the unit or a lane does not exist, the holder has no name, or the kind does not allow the terms.
        """
        wanted = PassTerms(kind or kind_by_uses(uses), not_before, not_after, uses, weekly)
        terms, found = settle(wanted, self._zone)
        problems = {field: FieldProblem(problem.value) for field, problem in found.items()}
        holder = holder.strip()
        if (unnamed := _problem_of_name(holder)) is not None:
            problems["holder"] = unnamed
        if lanes is not None and not lanes <= self._lanes:
            problems["lanes"] = FieldProblem.UNKNOWN_LANE
        with self._store.write() as transaction:
            if terms.not_after is not None and terms.not_after <= transaction.now:
                problems["not_after"] = FieldProblem.IN_THE_PAST
            if problems or terms.not_after is None:
                raise Invalid(problems)
            require_unit(transaction.connection, unit)
            issued = self.issue_within(
                transaction, kind=terms.kind, unit=unit, holder=holder, not_before=terms.not_before,
                not_after=terms.not_after, max_uses=uses, lanes=lanes, weekly=weekly,
            )  # fmt: skip
            transaction.record(actor, "pass.issued", {"pass": issued.id, "kind": terms.kind.value, "uses": uses})
        return issued

    def issue_within(
        self,
        transaction: Transaction,
        *,
        kind: PassKind,
        unit: str,
        holder: str,
        not_before: datetime,
        not_after: datetime,
        max_uses: int | None,
        lanes: frozenset[str] | None,
        weekly: TimeProfile | None = None,
    ) -> IssuedPass:
        """Make a pass as part of the caller's transaction, which records why and answers for the terms."""
        claims = PassClaims(
            new_id(transaction.now), unit, kind, _whole_second(not_before), _whole_second(not_after), max_uses, lanes,
            weekly,
        )  # fmt: skip
        signed = self._keys.sign(claims)
        add_record(transaction, claims, holder=holder, token=signed.token, kid=signed.kid)
        return IssuedPass(claims.id, signed.token)

    def revoke(self, pass_id: str, *, actor: str) -> None:
        """Revoke a pass for good.

        Raises:
            NotFound: there is none of that id.
            Conflict: `already-revoked`.
        """
        with self._store.write() as transaction:
            self._revoke(transaction, pass_id, actor)

    def revoke_shown(self, token: str, *, actor: str) -> str:
        """Revoke the pass that a code is, another gate's too when this gate has not seen it yet; returns its id.

        Raises:
            NotFound: it is none that this gate would know.
            Conflict: `already-revoked`.
        """
        reading = self._keys.read(token)
        with self._store.write() as transaction:
            row = record_of(transaction, reading, token, actor=actor)
            if row is None:
                raise NotFound("pass")
            self._revoke(transaction, row.id, actor)
            return str(row.id)

    def refuse_listed(self, listed: Mapping[str, datetime], *, actor: str) -> int:
        """Refuse passes that another gate has revoked, seen here or not; returns how many that are new.

        Args:
            listed: by the pass's id, when it would end and need not be remembered any longer. Passes of this gate are
                passed over: another one has no say in them.
        """
        new = 0
        with self._store.write() as transaction:
            for pass_id, not_after in listed.items():
                here = select(passes.c.gate, passes.c.state).where(passes.c.id == pass_id)
                row = transaction.connection.execute(here).first()
                if row is None:
                    new += self._remember(transaction, pass_id, not_after)
                elif row.gate and row.state != CredentialState.REVOKED:
                    revoke_record(transaction, pass_id, actor)
                    new += 1
            if new:
                transaction.record(actor, "pass.list_taken", {"count": new})
        return new

    def forget_ended(self, now: datetime) -> int:
        """Forget revoked passes of other gates that were never seen here and have ended; returns how many."""
        ended = delete(revoked_elsewhere).where(revoked_elsewhere.c.not_after <= now)
        with self._store.write() as transaction:
            return transaction.connection.execute(ended).rowcount

    @staticmethod
    def _remember(transaction: Transaction, pass_id: str, not_after: datetime) -> bool:
        known = select(revoked_elsewhere.c.id).where(revoked_elsewhere.c.id == pass_id)
        if not_after <= transaction.now or transaction.connection.execute(known).first() is not None:
            return False
        transaction.connection.execute(insert(revoked_elsewhere), {"id": pass_id, "not_after": not_after})
        return True

    @staticmethod
    def _revoke(transaction: Transaction, pass_id: str, actor: str) -> None:
        row = transaction.connection.execute(select(passes.c.state).where(passes.c.id == pass_id)).first()
        if row is None:
            raise NotFound("pass")
        if row.state == CredentialState.REVOKED:
            raise Conflict("already-revoked", "The pass is revoked already.")
        revoke_record(transaction, pass_id, actor)


def _problem_of_name(holder: str) -> FieldProblem | None:
    if not can_be_seen(holder):
        return FieldProblem.REQUIRED
    if len(holder) > MAX_CHARACTERS["visitor_name"]:
        return FieldProblem.TOO_LONG
    return None if is_one_line(holder) else FieldProblem.NOT_ONE_LINE


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
