"""Release slips until they are good at the gate, and what ends them: asking, approving, refusing, re-issuing, voiding.

A slip's approval is somebody's word for exactly these items. It is kept with the hash of the number and the items, and
a slip's items never change: another list is another slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, func, select

from kiosk.clock import Clock
from kiosk.config import EstateSettings, GoodsSettings
from kiosk.domain.slips import (
    OPEN_STATES,
    ApprovalMethod,
    NewSlip,
    Slip,
    SlipSource,
    SlipState,
    items_digest,
    methods_for,
)
from kiosk.errors import Conflict
from kiosk.services.goods import slip_rows as rows
from kiosk.services.goods.slip_input import check_new_slip
from kiosk.services.hours import Hours
from kiosk.services.idempotency import Repeatable, recall, remember
from kiosk.services.photos import PhotoService
from kiosk.services.resident_links import ResidentLink
from kiosk.services.units import require_unit
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import cards, release_slips, resident_links

SYSTEM: Final = "system"
MAX_REQUESTED_BY_LINKS: Final = 20
"""Slips of one unit that wait at once, asked for by links: who finds a telephone is not to fill the disk with it."""


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word a slip gets, and by what it was given.

    Attributes:
        by: who is put on record as having approved: the actor, the card (`card ID`), or whom a program names. It
            stands with the slip and not in the journal.
        authority: a JPEG of the owner's written authority, for that method only.
        reason: how the owner's word was had, needed out of hours.
        card_id: the owner's card that was tapped, for that method only.
    """

    method: ApprovalMethod
    by: str
    actor: str
    authority: bytes | None = None
    reason: str = ""
    card_id: str = ""


class SlipService:
    """Release slips as the surfaces use them. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: GoodsSettings,
        estate: EstateSettings,
        *,
        photos: PhotoService,
        hours: Hours,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._zone = estate.zone
        self._photos = photos
        self._hours = hours

    def is_out_of_hours(self, now: datetime) -> bool:
        """Tell whether the front desk is closed."""
        return not self._hours.covers(self._settings.office_profile, now)

    def methods_for(self, slip: Slip, now: datetime) -> frozenset[ApprovalMethod]:
        """By whose word a slip can be approved now."""
        return methods_for(slip, is_out_of_hours=self.is_out_of_hours(now))

    def request(self, new: NewSlip, *, source: SlipSource, actor: str, repeatable: Repeatable | None = None) -> Slip:
        """Ask for a slip; it gets its number at once, and nothing may leave on it yet.

        Args:
            repeatable: a repeat finds the slip of the first request, as it stands now.

        Raises:
            Invalid: with every field at fault.
            Conflict: `too-many-slips`: by links the unit has asked for many that wait still; `idempotency-key-reused`.
        """
        with self._store.write() as transaction:
            earlier = recall(transaction, repeatable)
            if earlier is not None:
                return rows.require_slip(transaction.connection, earlier["id"])
            slip = self.request_within(transaction, new, source=source, actor=actor)
            remember(transaction, repeatable, {"id": slip.id})
            return slip

    def request_by_owner(self, new: NewSlip, link: ResidentLink) -> Slip:
        """The owner asks by the link and approves in the same breath: both are on record, or neither.

        Raises:
            Invalid: as `request`.
            Conflict: as `request` and `approve_by_link`.
        """
        with self._store.write() as transaction:
            slip = self.request_within(transaction, new, source=SlipSource.LINK, actor=link.actor)
            return self._approve_by_link(transaction, slip, link)

    def request_within(
        self, transaction: Transaction, new: NewSlip, *, source: SlipSource, actor: str, replaces: Slip | None = None
    ) -> Slip:
        """The same as `request`, as part of a transaction that has more to write.

        Args:
            replaces: the slip in whose place it is issued.
        """
        new = check_new_slip(new, departments=self._settings.departments, now=transaction.now)
        if new.unit:
            require_unit(transaction.connection, new.unit)
        if source is SlipSource.LINK:
            _require_room(transaction, new.unit)
        slip = rows.enter(
            transaction, new, self._zone, source=source, actor=actor,
            keep_photo=partial(self._photos.keep, transaction), replaces_id=replaces.id if replaces else None,
        )  # fmt: skip
        facts = facts_of(slip) | {"kind": slip.kind.value}
        transaction.record(actor, "slip.requested", facts | ({"replaces": replaces.number} if replaces else {}))
        return slip

    def clear_arrears(self, slip_id: str, *, actor: str) -> Slip:
        """The front desk confirms that whoever moves out owes nothing.

        Raises:
            NotFound: there is no such slip.
            Conflict: it is not waiting for approval.
        """
        with self._store.write() as transaction:
            slip = _require_requested(transaction, slip_id)
            slip = rows.change(transaction, slip.id, arrears_cleared_at=transaction.now, arrears_cleared_by=actor)
            transaction.record(actor, "slip.arrears_cleared", facts_of(slip))
            return slip

    def approve(self, slip_id: str, word: Word) -> Slip:
        """Give a slip somebody's word: from now on its goods may leave.

        Who gave it is checked by `approve_by_link` and `approve_by_card`; here it is a user of the panel or a program,
        whose role the surface has checked.

        Raises:
            NotFound: there is no such slip.
            Conflict: it is not waiting for approval; `arrears-not-cleared`; `method-not-allowed-for-slip`: not for such
                a slip, or not now; `no-authority`: the scan is missing; `no-reason`.
        """
        with self._store.write() as transaction:
            return self.approve_within(transaction, slip_id, word)

    def approve_by_link(self, slip_id: str, link: ResidentLink) -> Slip:
        """The owner approves by the link.

        Raises:
            NotFound, Conflict: as `approve`; `not-the-owner`: the link is another unit's, a tenant's, or revoked.
        """
        with self._store.write() as transaction:
            return self._approve_by_link(transaction, rows.require_slip(transaction.connection, slip_id), link)

    def approve_by_card(self, slip_id: str, card_id: str, *, actor: str) -> Slip:
        """The owner has tapped a card at the desk, whose reader has found it to be good.

        Raises:
            NotFound, Conflict: as `approve`; `not-the-owner`: the card is another unit's, or not an owner's.
        """
        with self._store.write() as transaction:
            slip = rows.require_slip(transaction.connection, slip_id)
            query = select(cards.c.unit).where(cards.c.id == card_id, cards.c.is_owner)
            _require_owner(slip, transaction.connection.execute(query).scalar_one_or_none())
            return self.approve_within(
                transaction, slip_id, Word(ApprovalMethod.OWNER_CARD, f"card {card_id}", actor, card_id=card_id)
            )

    def refuse(self, slip_id: str, *, actor: str, reason: str) -> Slip:
        """Somebody whose word the slip would need says no.

        Raises:
            NotFound: there is no such slip.
            Conflict: it is not waiting for approval.
        """
        with self._store.write() as transaction:
            slip = rows.move(transaction, slip_id, SlipState.REFUSED, actor=actor, reason=reason)
            transaction.record(actor, "slip.refused", facts_of(slip))
            return slip

    def void(self, slip_id: str, *, actor: str, reason: str) -> Slip:
        """Take a slip back: nothing leaves on it any more, also of its balance.

        Raises:
            NotFound: there is no such slip.
            Conflict: it has ended already; `no-reason`.
        """
        if not reason:
            raise Conflict("no-reason", "Voiding a slip needs a reason.")
        with self._store.write() as transaction:
            slip = rows.move(transaction, slip_id, SlipState.VOID, actor=actor, reason=reason)
            transaction.record(actor, "slip.void", facts_of(slip))
            return slip

    def ask_reissue(self, slip_id: str, *, actor: str, lane: str | None) -> Slip:
        """The gate asks the desk to issue another slip: what stands at the gate is not what this one says.

        Raises:
            NotFound: there is no such slip.
            Conflict: it has ended already.
        """
        with self._store.write() as transaction:
            slip = rows.require_slip(transaction.connection, slip_id)
            if slip.state not in OPEN_STATES:
                raise rows.state_conflict(slip)
            slip = rows.change(transaction, slip_id, reissue_asked_at=transaction.now)
            transaction.record(actor, "slip.reissue_asked", facts_of(slip) | {"lane": lane})
            return slip

    def reissue(self, slip_id: str, new: NewSlip, *, source: SlipSource, actor: str) -> Slip:
        """Issue another slip in place of this one, which is void from now on; the new one needs its own approval.

        Raises:
            NotFound: there is no such slip.
            Conflict: it has ended already.
            Invalid: with every field at fault; nothing has changed then.
        """
        with self._store.write() as transaction:
            old = rows.require_slip(transaction.connection, slip_id)
            if old.state not in OPEN_STATES:
                raise rows.state_conflict(old)
            slip = self.request_within(transaction, new, source=source, actor=actor, replaces=old)
            rows.move(transaction, old.id, SlipState.VOID, actor=actor, reason=slip.number, replaced_by_id=slip.id)
            transaction.record(actor, "slip.void", facts_of(old) | {"replaced_by": slip.number})
            return slip

    def lapse_overdue(self) -> int:
        """Lapse every slip whose days went by, also with a balance; returns how many there were."""
        with self._store.read() as connection:
            overdue_now = _is_overdue(self._clock.now())
            if not connection.execute(select(release_slips.c.id).where(*overdue_now).limit(1)).first():
                return 0
        with self._store.write() as transaction:
            overdue = rows.slips_where(transaction.connection, *_is_overdue(transaction.now), limit=100)
            for slip in overdue:
                rows.move(transaction, slip.id, SlipState.LAPSED, actor=SYSTEM)
                transaction.record(SYSTEM, "slip.lapsed", facts_of(slip))
        return len(overdue)

    def _approve_by_link(self, transaction: Transaction, slip: Slip, link: ResidentLink) -> Slip:
        query = select(resident_links.c.unit).where(
            resident_links.c.id == link.id, resident_links.c.is_owner, resident_links.c.revoked_at.is_(None)
        )
        _require_owner(slip, transaction.connection.execute(query).scalar_one_or_none())
        return self.approve_within(transaction, slip.id, Word(ApprovalMethod.OWNER_LINK, link.actor, link.actor))

    def approve_within(self, transaction: Transaction, slip_id: str, word: Word) -> Slip:
        """The same as `approve`, as part of a transaction that has more to write."""
        slip = _require_requested(transaction, slip_id)
        is_out_of_hours = self.is_out_of_hours(transaction.now)
        allowed = methods_for(slip, is_out_of_hours=is_out_of_hours)
        if not allowed:
            raise Conflict("arrears-not-cleared", "The front desk has not confirmed yet that nothing is owed.")
        if word.method not in allowed:
            raise Conflict("method-not-allowed-for-slip", "Such a slip cannot be approved in this way, or not now.")
        needs_authority = word.method is ApprovalMethod.WRITTEN_AUTHORITY
        if needs_authority and word.authority is None:
            raise Conflict("no-authority", "The owner's written authority is missing.")
        if word.method is ApprovalMethod.OUT_OF_HOURS and not word.reason:
            raise Conflict("no-reason", "Say how the owner's word was had.")
        digest = items_digest(slip.number, slip.items)
        authority = word.authority if needs_authority else None
        slip = rows.move(
            transaction, slip_id, SlipState.APPROVED, actor=word.actor,
            approval_method=word.method.value, approved_at=transaction.now, approved_by=word.by,
            approved_digest=digest, is_out_of_hours=word.method is ApprovalMethod.OUT_OF_HOURS, reason=word.reason,
            authority_photo_id=self._photos.keep(transaction, authority) if authority is not None else None,
        )  # fmt: skip
        facts = facts_of(slip) | {"method": word.method.value, "digest": digest}
        if word.card_id:
            facts["card"] = word.card_id
        transaction.record(word.actor, "slip.approved", facts)
        return slip


def _require_requested(transaction: Transaction, slip_id: str) -> Slip:
    slip = rows.require_slip(transaction.connection, slip_id)
    if slip.state is not SlipState.REQUESTED:
        raise rows.state_conflict(slip)
    return slip


def _require_room(transaction: Transaction, unit: str) -> None:
    waiting = select(func.count()).select_from(release_slips).where(
        release_slips.c.unit == unit,
        release_slips.c.source == SlipSource.LINK.value,
        release_slips.c.state == SlipState.REQUESTED.value,
    )  # fmt: skip
    if transaction.connection.execute(waiting).scalar_one() >= MAX_REQUESTED_BY_LINKS:
        raise Conflict("too-many-slips", f"{MAX_REQUESTED_BY_LINKS} slips of the unit wait already.")


def _require_owner(slip: Slip, owned_unit: str | None) -> None:
    if owned_unit is None or owned_unit != slip.unit:
        raise Conflict("not-the-owner", "This is not the word of the unit's owner.")


def _is_overdue(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (release_slips.c.state.in_([state.value for state in OPEN_STATES]), release_slips.c.not_after <= now)


def facts_of(slip: Slip) -> dict[str, object]:
    """What the journal says of a slip, whatever happens to it."""
    return {"slip": slip.id, "number": slip.number, "unit": slip.unit or None}
