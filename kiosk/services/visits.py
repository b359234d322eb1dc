"""Visits: signing in, approving, signing out, expiring. Every change is one transaction with its journal entry.

What a sign-in promises, the visit, its pass, its receipt and its opening, is written together: either all of it is
on the disk before anybody is told, or none.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update

from kiosk.config import VisitSettings
from kiosk.domain.approvals import Step
from kiosk.domain.goods import ItemCheck
from kiosk.domain.passes import PassKind
from kiosk.domain.service_times import Served, Service, Turn
from kiosk.domain.text import phone_digits
from kiosk.domain.visits import Approval, NewVisit, Visit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict
from kiosk.services.approvals import Approvals
from kiosk.services.blocklist import VisitorBlocked, find_block, journalled_block
from kiosk.services.cards import require_lendable
from kiosk.services.documents import DocumentService
from kiosk.services.goods.carried import Listed, check_within, is_unchecked, list_within
from kiosk.services.idempotency import Repeatable, forget_old, recall, remember
from kiosk.services.lane_opener import LaneOpener
from kiosk.services.openings import OpeningCause
from kiosk.services.passes import IssuedPass, PassService
from kiosk.services.photos import PhotoService
from kiosk.services.pre_registration import PreRegistrations
from kiosk.services.register import Register, require_visit, visit_from
from kiosk.services.service_times import note_served, served_by
from kiosk.services.units import require_unit, stay_of_guests
from kiosk.services.visit_input import check_new_visit
from kiosk.services.visit_receipts import VisitReceipts
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import visits

SYSTEM = "system"
NOBODY: Final = "nobody asked"
"""Who has let in a visit of a kind that anybody may make."""
_GIVEN_UP_AFTER: Final = timedelta(hours=1)
"""Who has waited for so long when the day ends has gone away; approving it later would open the barrier for nobody."""

_AT_ONCE: Final = 50
_PAUSE_S: Final = 0.01
_DAY_DIGITS: Final = 6
_NUMBER_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in led to. `issued` is None while the visit waits for approval."""

    visit: Visit
    issued: IssuedPass | None

    def answer(self) -> dict[str, Any]:
        """The answer a program gets, and gets again when it repeats itself."""
        issued = {"id": self.issued.id, "token": self.issued.token} if self.issued else None
        return {"id": self.visit.id, "number": self.visit.number, "state": self.visit.state.value, "pass": issued}


class VisitService:
    """The visitor register as the surfaces use it. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        settings: VisitSettings,
        *,
        register: Register,
        passes: PassService,
        photos: PhotoService,
        documents: DocumentService,
        receipts: VisitReceipts,
        opener: LaneOpener,
        expected: PreRegistrations,
        approvals: Approvals,
    ) -> None:
        self._store = store
        self._settings = settings
        self._register = register
        self._passes = passes
        self._photos = photos
        self._documents = documents
        self._receipts = receipts
        self._opener = opener
        self._expected = expected
        self._approvals = approvals

    def sign_in(
        self,
        new: NewVisit,
        *,
        source: VisitSource,
        actor: str,
        lane: str | None,
        photo: bytes | None = None,
        approved_by: str | None = None,
        reason: str = "",
        carried: Sequence[Listed] = (),
        turn: Turn | None = None,
    ) -> SignIn:
        """Sign a visitor in, or put the visit before guard or host where its kind or the blocklist asks for that.

        Args:
            lane: the lane that opens once the visit is approved; None opens none.
            photo: a JPEG, already checked to be one.
            approved_by: the guard who signs the visitor in and by that approves.
            reason: why the guard does so, needed where the visitor is on the blocklist.
            carried: what the visitor carries in to carry out again.
            turn: the turn at the touchscreen that led to it, whoever ended it.

        Raises:
            Invalid: with every field at fault.
            Conflict: `lane-locked`: a guard approves, and the lane is locked. Anybody else waits there for a guard.
            VisitorBlocked: the guard has to say why.
        """
        with self._store.write() as transaction:
            return self.sign_in_within(
                transaction, new, source=source, actor=actor, lane=lane, photo=photo, approved_by=approved_by,
                reason=reason, carried=carried, turn=turn,
            )  # fmt: skip

    def sign_in_once(
        self,
        new: NewVisit,
        *,
        actor: str,
        lane: str | None,
        repeatable: Repeatable,
        carried: Sequence[Listed] = (),
    ) -> tuple[dict[str, Any], bool]:
        """Sign in for a program; returns the answer and whether it is a repeat of an earlier one.

        Raises:
            Invalid: with every field at fault.
            Conflict: `idempotency-key-reused`: the key came with another request before.
        """
        with self._store.write() as transaction:
            earlier = recall(transaction, repeatable)
            if earlier is not None:
                return earlier, True
            answer = self.sign_in_within(
                transaction, new, source=VisitSource.API, actor=actor, lane=lane, carried=carried
            ).answer()
            remember(transaction, repeatable, answer)
            return answer, False

    def approve(self, visit_id: str, *, actor: str, reason: str = "") -> SignIn:
        """Let a waiting visit in: pass, receipt and barrier follow.

        Args:
            reason: in words, needed where the visitor is on the blocklist; it stands with the visit.

        Raises:
            NotFound: there is no such visit.
            Conflict: it is not waiting; `lane-locked`: a guard has locked the lane where it waits.
            VisitorBlocked: the visitor is on the blocklist, and no reason is given.
        """
        with self._store.write() as transaction:
            visit = require_visit(transaction.connection, visit_id)
            if visit.state is VisitState.WAITING and visit.blocklist_id is not None and not reason:
                raise VisitorBlocked(visit.blocklist_id)
            ends_at = self._end_of(transaction, visit.kind, visit.unit)
            issued = self._issue_pass(transaction, visit.unit, visit.visitor_name, ends_at)
            visit = self._register.move(
                transaction, visit_id, VisitState.SIGNED_IN,
                signed_in_at=transaction.now, ends_at=ends_at, pass_id=issued.id, decided_by=actor, reason=reason,
            )  # fmt: skip
            self._note_approved(transaction, visit, actor)
            self._approvals.note_within(transaction, visit, Step.APPROVED, actor)
            self._admit(transaction, visit, actor, served_by(transaction, visit.id))
            return SignIn(visit, issued)

    def refuse(self, visit_id: str, *, actor: str, reason: str) -> Visit:
        """Turn a waiting visit away.

        Raises:
            NotFound, Conflict: as `approve`.
        """
        with self._store.write() as transaction:
            visit = self._register.move(transaction, visit_id, VisitState.REFUSED, decided_by=actor, reason=reason)
            payload = {"visit": visit.id, "number": visit.number, "lane": visit.lane}
            transaction.record(actor, "visit.refused", payload | journalled_block(visit.blocklist_id))
            self._approvals.note_within(transaction, visit, Step.REFUSED, actor)
            return visit

    def cancel(self, visit_id: str, *, actor: str) -> Visit:
        """The visitor gave up waiting.

        Raises:
            NotFound, Conflict: as `approve`.
        """
        with self._store.write() as transaction:
            visit = self._register.move(transaction, visit_id, VisitState.CANCELLED)
            transaction.record(actor, "visit.cancelled", {"visit": visit.id, "number": visit.number})
            return visit

    def sign_out(
        self,
        visit_id: str,
        *,
        actor: str,
        lane: str | None = None,
        seen: Mapping[int, ItemCheck] | None = None,
    ) -> Visit:
        """Sign a visit out; `lane` is opened for the visitor when given.

        Args:
            seen: what a guard has seen going out of the things that were carried in, by line.

        Raises:
            NotFound: there is no such visit.
            Conflict: it is not signed in; `goods-unchecked`: it has carried things in that nobody has looked at;
                `lane-locked`: a guard has locked that lane.
            Invalid: there is no such lane; what was seen does not go with the list, as `CarriedService.check_out`.
        """
        self._opener.require(lane)
        with self._store.write() as transaction:
            if seen is not None:
                check_within(transaction, visit_id, seen, actor=actor)
            visit = self._register.sign_out(transaction, visit_id, actor=actor, lane=lane)
            if is_unchecked(transaction.connection, visit_id):
                raise Conflict("goods-unchecked", "The visitor's tools have not been looked at.")
            if lane is not None:
                self._opener.open(transaction, lane, OpeningCause.SIGN_OUT)
            return visit

    def lend_card(self, visit_id: str, card_id: str, *, actor: str) -> Visit:
        """Lend a visitor card to somebody inside, who then leaves by it as by the receipt.

        Raises:
            NotFound: there is no such visit.
            Conflict: `visit-not-inside`, `visit-has-card`; `card-not-lendable`: no such visitor card is active, or
                somebody inside has it.
        """
        with self._store.write() as transaction:
            visit = require_visit(transaction.connection, visit_id)
            if visit.state is not VisitState.SIGNED_IN:
                raise Conflict("visit-not-inside", "The visitor is not inside.")
            if visit.card_id is not None:
                raise Conflict("visit-has-card", "The visitor has a card already.")
            require_lendable(transaction.connection, card_id)
            transaction.connection.execute(update(visits).where(visits.c.id == visit_id).values(card_id=card_id))
            transaction.record(actor, "visit.card_lent", {"visit": visit.id, "number": visit.number, "card": card_id})
            return require_visit(transaction.connection, visit_id)

    def find_inside(self, typed: str) -> Visit | None:
        """The visit inside whose number was typed: in full, or the part after the day when only one has it."""
        digits = phone_digits(typed)
        if not 0 < len(digits) <= _NUMBER_DIGITS:
            return None
        day, count = (digits[:_DAY_DIGITS], digits[_DAY_DIGITS:]) if len(digits) > _DAY_DIGITS else ("%", digits)
        with self._store.read() as connection:
            query = select(visits).where(visits.c.state == VisitState.SIGNED_IN.value)
            query = query.where(visits.c.number.like(f"{day}-{int(count):03d}"))
            rows = connection.execute(query.limit(2)).all()
        return visit_from(rows[0]) if len(rows) == 1 else None

    def expire_overdue(self, due: datetime) -> int:
        """Record as expired every visit inside whose end was before `due`; returns how many there were.

        Visits that nobody has decided about by then are cancelled.
        """
        with self._store.write() as transaction:
            forget_old(transaction)
        is_waiting = visits.c.state == VisitState.WAITING.value
        self._end_all(is_waiting & (visits.c.created_at <= due - _GIVEN_UP_AFTER), VisitState.CANCELLED)
        is_inside = visits.c.state == VisitState.SIGNED_IN.value
        return self._end_all(is_inside & (visits.c.ends_at <= due), VisitState.EXPIRED)

    def _end_all(self, which: ColumnElement[bool], state: VisitState) -> int:
        """End visits a few at a time, so that a lane never waits for a whole day's."""
        ended = 0
        while True:
            with self._store.write() as transaction:
                ids = transaction.connection.execute(select(visits.c.id).where(which).limit(_AT_ONCE)).scalars().all()
                for visit_id in ids:
                    visit = self._register.move(transaction, visit_id, state)
                    transaction.record(SYSTEM, f"visit.{state.value}", {"visit": visit.id, "number": visit.number})
            ended += len(ids)
            if len(ids) < _AT_ONCE:
                return ended
            time.sleep(_PAUSE_S)  # locks are not fair: whoever waits gets his turn only while nobody asks

    def sign_in_within(
        self,
        transaction: Transaction,
        new: NewVisit,
        *,
        source: VisitSource,
        actor: str,
        lane: str | None,
        photo: bytes | None = None,
        approved_by: str | None = None,
        reason: str = "",
        carried: Sequence[Listed] = (),
        turn: Turn | None = None,
        brings_goods: bool = False,
    ) -> SignIn:
        """The same as `sign_in`, as part of a transaction that has more to write.

        `brings_goods`: the turn was about goods, which name the visit only once it is written.
        """
        kind = self._settings.kinds[new.kind]
        new = check_new_visit(new, kind, source)
        self._opener.require(lane)
        require_unit(transaction.connection, new.unit)
        block = find_block(
            transaction.connection, name=new.visitor_name, phone=new.phone, plate=new.vehicle_plate, now=transaction.now
        )
        if block is None:
            decided_by = approved_by or self._approved_without_a_guard(transaction, new, kind.approval, lane)
        elif approved_by is None or reason:
            decided_by = approved_by
        else:
            raise VisitorBlocked(block.id)
        blocklist_id = block.id if block is not None else None
        photo_id = self._photos.keep(transaction, photo) if photo is not None else None
        if decided_by is None:
            visit = self._enter(
                transaction, new, state=VisitState.WAITING, source=source, lane=lane, ends_at=None, photo_id=photo_id,
                blocklist_id=blocklist_id, turn=turn,
            )  # fmt: skip
            payload = {"visit": visit.id, "number": visit.number, "lane": lane}
            transaction.record(actor, "visit.waiting", payload | journalled_block(blocklist_id))
            list_within(transaction, visit, carried, actor=actor)
            if kind.approval is Approval.HOST and block is None:
                self._approvals.ask_within(transaction, visit)
            return SignIn(visit, None)
        ends_at = self._end_of(transaction, new.kind, new.unit)
        issued = self._issue_pass(transaction, new.unit, new.visitor_name, ends_at)
        visit = self._enter(
            transaction, new, state=VisitState.SIGNED_IN, source=source, lane=lane, ends_at=ends_at,
            pass_id=issued.id, photo_id=photo_id, decided_by=decided_by, reason=reason if block else "",
            blocklist_id=blocklist_id, turn=turn,
        )  # fmt: skip
        if block is not None:
            self._note_approved(transaction, visit, actor)
        if decided_by != NOBODY:
            self._approvals.note_within(transaction, visit, Step.APPROVED, decided_by)
        service = Service.GOODS if brings_goods else Service(visit.kind)
        self._admit(transaction, visit, actor, Served(service, turn, visit.created_at) if turn is not None else None)
        list_within(transaction, visit, carried, actor=actor)
        return SignIn(visit, issued)

    def _enter(self, transaction: Transaction, new: NewVisit, **known: Any) -> Visit:
        visit = self._register.enter(transaction, new, **known)
        if new.document is None:
            return visit
        self._documents.keep(transaction, visit.id, new.document)
        return require_visit(transaction.connection, visit.id)

    def _approved_without_a_guard(
        self, transaction: Transaction, new: NewVisit, approval: Approval, lane: str | None
    ) -> str | None:
        if self._opener.is_locked(lane):
            return None  # the lane's lock is a guard's word
        if approval is Approval.NONE:
            return NOBODY
        if approval in {Approval.PRE_REGISTRATION, Approval.HOST}:
            return self._expected.spend(transaction, new, lane)
        return None

    def _note_approved(self, transaction: Transaction, visit: Visit, actor: str) -> None:
        payload = {"visit": visit.id, "number": visit.number}
        transaction.record(actor, "visit.approved", payload | journalled_block(visit.blocklist_id))

    def _admit(self, transaction: Transaction, visit: Visit, actor: str, served: Served | None) -> None:
        """What follows for a visit that is signed in now: journal, receipt, barrier, and how long it all took."""
        self._register.note_signed_in(transaction, visit, actor=actor)
        self._receipts.enqueue(transaction, visit.id)
        if visit.lane in self._opener.lanes:  # it may be gone: the settings may have changed while it waited
            self._opener.open(transaction, visit.lane, OpeningCause.SIGN_IN, served=served)
        elif served is not None:
            note_served(transaction, served)

    def _issue_pass(self, transaction: Transaction, unit: str, holder: str, ends_at: datetime) -> IssuedPass:
        return self._passes.issue_within(
            transaction, unit=unit, holder=holder, not_before=transaction.now, not_after=ends_at,
            max_uses=1, lanes=None, kind=PassKind.VISIT,
        )  # fmt: skip

    def _end_of(self, transaction: Transaction, kind: VisitKind, unit: str) -> datetime:
        stay_h = stay_of_guests(transaction.connection, unit) if kind is VisitKind.GUEST else None
        return transaction.now + timedelta(hours=self._settings.kinds[kind].stay_h if stay_h is None else stay_h)
