"""Invitations: a unit says ahead whom it expects, and gets a code to send. The code is a pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, insert, select

from kiosk.clock import Clock
from kiosk.config import KindSettings
from kiosk.domain.access import CredentialState
from kiosk.domain.ids import new_id
from kiosk.domain.invitations import LONGEST, Invitation, NewInvitation
from kiosk.domain.passes import PassKind
from kiosk.domain.time_profiles import profile_from
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.paging import Page, cut
from kiosk.services.passes import IssuedPass, PassService
from kiosk.services.resident_links import ResidentLink
from kiosk.services.units import require_unit
from kiosk.services.visit_input import check_new_visit
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import invitations, passes, resident_links

MAX_OPEN: Final = 50
"""Invitations of one unit that are open at a time: a wedding has a list at the guard's desk."""

_LIST: Final[Select[Any]] = (
    select(
        invitations, passes.c.holder, passes.c.token, passes.c.not_before, passes.c.not_after, passes.c.weekly,
        passes.c.max_uses, passes.c.uses, passes.c.state, resident_links.c.name.label("link_name"),
    )
    .join(passes, passes.c.id == invitations.c.pass_id)
    .outerjoin(resident_links, resident_links.c.id == invitations.c.link_id)
)  # fmt: skip
_ANY_GUEST: Final = KindSettings()


class InvitationService:
    """Makes and ends invitations. Every call names the unit it is for where it comes from a resident."""

    def __init__(self, store: Store, clock: Clock, passes_: PassService) -> None:
        self._store = store
        self._clock = clock
        self._passes = passes_

    def invite(self, new: NewInvitation, *, actor: str, link: ResidentLink | None = None) -> Invitation:
        """Invite a guest; `link` is the resident's who does, None for a program.

        Raises:
            Invalid: with every field at fault.
            Conflict: `too-many-invitations`: the unit has as many as may be open at a time.
        """
        guest = NewVisit(
            VisitKind.GUEST, new.unit, new.visitor_name, phone=new.phone, vehicle_plate=new.vehicle_plate
        )  # fmt: skip
        problems = dict(_time_problems(new, self._clock.now()))
        try:
            guest = check_new_visit(guest, _ANY_GUEST, VisitSource.API)
        except Invalid as invalid:
            problems |= invalid.fields
        with self._store.write() as transaction:
            try:
                require_unit(transaction.connection, new.unit)
            except Invalid as invalid:
                problems |= invalid.fields
            if problems:
                raise Invalid(problems)
            self._require_room(transaction, new.unit)
            issued = _issue(transaction, self._passes, new, guest.visitor_name)
            invitation_id = new_id(transaction.now)
            transaction.connection.execute(
                insert(invitations),
                {
                    "id": invitation_id, "unit": new.unit, "pass_id": issued.id,
                    "link_id": link.id if link is not None else None, "phone": guest.phone,
                    "vehicle_plate": guest.vehicle_plate, "created_at": transaction.now,
                },
            )  # fmt: skip
            transaction.record(actor, "invitation.made", {"invitation": invitation_id, "pass": issued.id})
        return self.get(invitation_id)

    def get(self, invitation_id: str, *, unit: str = "") -> Invitation:
        """An invitation; with `unit`, only one of that unit's.

        Raises:
            NotFound: there is none.
        """
        query = _LIST.where(invitations.c.id == invitation_id)
        with self._store.read() as connection:
            row = connection.execute(query.where(invitations.c.unit == unit) if unit else query).first()
        if row is None:
            raise NotFound("invitation")
        return _invitation(row)

    def page(self, unit: str, *, before: int | None, limit: int) -> Page[Invitation]:
        """Invitations, newest first; of one unit, or of all when it is empty."""
        query = _LIST.order_by(invitations.c.seq.desc()).limit(limit + 1)
        if unit:
            query = query.where(invitations.c.unit == unit)
        if before is not None:
            query = query.where(invitations.c.seq < before)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return cut([_invitation(row) for row in rows], limit, lambda invitation: invitation.seq)

    def open_of(self, unit: str) -> list[Invitation]:
        """The invitations of a unit that are open, in the order in which they were made."""
        with self._store.read() as connection:
            query = _LIST.where(invitations.c.unit == unit, is_open_at(self._clock.now())).order_by(invitations.c.seq)
            return [_invitation(row) for row in connection.execute(query)]

    def revoke(self, invitation_id: str, *, actor: str, unit: str = "") -> Invitation:
        """End an invitation: its code opens nothing any more. With `unit`, only one of that unit's.

        Raises:
            NotFound: there is none.
            Conflict: `already-revoked`.
        """
        self._passes.revoke(self.get(invitation_id, unit=unit).pass_id, actor=actor)
        return self.get(invitation_id)

    def _require_room(self, transaction: Transaction, unit: str) -> None:
        open_ = (
            select(func.count())
            .select_from(invitations)
            .join(passes, passes.c.id == invitations.c.pass_id)
            .where(invitations.c.unit == unit, is_open_at(transaction.now))
        )
        if transaction.connection.execute(open_).scalar_one() >= MAX_OPEN:
            raise Conflict("too-many-invitations", f"The unit has {MAX_OPEN} open invitations already.")


def is_open_at(now: datetime) -> ColumnElement[bool]:
    """The condition on `passes` by which an invitation is open; as `Invitation.state`."""
    is_left = passes.c.max_uses.is_(None) | (passes.c.uses < passes.c.max_uses)
    return (passes.c.state == CredentialState.ACTIVE.value) & (passes.c.not_after > now) & is_left


def _issue(transaction: Transaction, service: PassService, new: NewInvitation, holder: str) -> IssuedPass:
    """The pass of an invitation: the one place that says what kind of pass a guest gets."""
    kind = PassKind.RECURRING if new.weekly is not None else PassKind.MULTI if new.comes_and_goes else PassKind.SINGLE
    return service.issue_within(
        transaction, unit=new.unit, holder=holder, not_before=new.not_before, not_after=new.not_after,
        max_uses=1 if kind is PassKind.SINGLE else None, lanes=None, kind=kind, weekly=new.weekly,
    )  # fmt: skip


def _time_problems(new: NewInvitation, now: datetime) -> Mapping[str, FieldProblem]:
    problems: dict[str, FieldProblem] = {}
    # A pass counts whole seconds.
    if new.not_after.replace(microsecond=0) <= new.not_before.replace(microsecond=0):
        problems["not_after"] = FieldProblem.ENDS_BEFORE_START
    elif new.not_after <= now:
        problems["not_after"] = FieldProblem.IN_THE_PAST
    elif new.not_after > now + LONGEST:
        problems["not_after"] = FieldProblem.OUT_OF_RANGE
    if new.weekly is not None and not new.weekly.as_record():
        problems["weekly"] = FieldProblem.REQUIRED
    return problems


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        seq=row.seq,
        id=row.id,
        unit=row.unit,
        pass_id=row.pass_id,
        token=row.token,
        visitor_name=row.holder,
        phone=row.phone,
        vehicle_plate=row.vehicle_plate,
        not_before=row.not_before,
        not_after=row.not_after,
        weekly=profile_from(row.weekly) if row.weekly is not None else None,
        max_uses=row.max_uses,
        uses=row.uses,
        link_id=row.link_id,
        link_name=row.link_name or "",
        is_revoked=row.state == CredentialState.REVOKED.value,
        created_at=row.created_at,
    )
