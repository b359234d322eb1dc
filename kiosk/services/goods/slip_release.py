"""Release slips at the gate: trips that leave, what is lost, and what comes back.

A guard has the goods before him and ticks them off; the box compares that with the slip and opens the lane in the same
transaction that writes what left. Two lanes that act on one slip at once take turns at the store, and the second finds
the balance that the first has left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select

from kiosk.clock import Clock
from kiosk.domain.ids import new_id
from kiosk.domain.slips import Mismatch, MovementKind, Slip, SlipItem, SlipState, mismatches
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.goods import slip_rows as rows
from kiosk.services.goods.slips import SYSTEM, facts_of
from kiosk.services.idempotency import Repeatable, recall, remember
from kiosk.services.lane_opener import LaneOpener
from kiosk.services.openings import Opening, OpeningCause
from kiosk.services.photos import PhotoService
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import release_items, release_movements, release_trips

MAX_REASON: Final = 200


class Mismatched(Conflict):
    """Goods at the gate are not what the slip says: the lane stays closed. `found` has every difference."""

    def __init__(self, slip: Slip, found: tuple[Mismatch, ...]) -> None:
        super().__init__("mismatch", "What stands at the gate is not what the slip says.")
        self.slip = slip
        self.found = found


@dataclass(frozen=True, slots=True)
class Load:
    """What stands at the gate and wants to leave.

    Attributes:
        lines: how many of each line of the slip leave now, by line.
        vehicle_plate: as the guard reads it; empty for what is carried out.
        photo: a JPEG of it, already checked to be one.
    """

    lane: str
    lines: Mapping[int, int]
    vehicle_plate: str = ""
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """A trip that may leave. `slip` is as it stands after it; `opening` is None for a repeat."""

    slip: Slip
    trip_id: str
    opening: Opening | None


class SlipRelease:
    """What happens to an approved slip. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, *, photos: PhotoService, opener: LaneOpener) -> None:
        self._store = store
        self._clock = clock
        self._photos = photos
        self._opener = opener

    def release(self, slip_id: str, load: Load, *, actor: str, repeatable: Repeatable | None = None) -> Released:
        """Let goods of a slip leave: some of them now, the balance another time.

        Args:
            repeatable: a repeat lets nothing more leave, and finds the slip as it stands now.

        Raises:
            NotFound: there is no such slip.
            Invalid: there is no such lane.
            Conflict: `slip-void` and the like: it is not good; `lane-locked`; `idempotency-key-reused`.
            Mismatched: something differs from the slip. That is on record; nothing has left.
        """
        self._opener.require(load.lane)
        with self._store.write() as transaction:
            earlier = recall(transaction, repeatable)
            if earlier is not None:
                return Released(rows.require_slip(transaction.connection, slip_id), earlier["id"], None)
            slip = _require_approved(transaction, slip_id)
            found = mismatches(slip, load.lines, vehicle_plate=load.vehicle_plate, now=transaction.now)
            if not found:
                released = self._release(transaction, slip, load, actor)
                remember(transaction, repeatable, {"id": released.trip_id})
                return released
            told = [{"code": one.code.value, "line": one.line} for one in found]
            transaction.record(actor, "slip.mismatch", facts_of(slip) | {"lane": load.lane, "found": told})
        raise Mismatched(slip, found)

    def note_lost(self, slip_id: str, line: int, quantity: int, *, kind: MovementKind, reason: str, actor: str) -> Slip:
        """Some pieces of a line will never leave: lost, or damaged and not taken.

        Raises:
            NotFound: there is no such slip.
            Conflict: it is not good; `no-reason`.
            Invalid: there is no such line, or it has fewer left.
        """
        if not reason:
            raise Conflict("no-reason", "Say what has become of them.")
        with self._store.write() as transaction:
            slip = _require_approved(transaction, slip_id)
            item = _require_line(slip, line)
            if not 1 <= quantity <= item.balance:
                raise Invalid({"quantity": FieldProblem.OUT_OF_RANGE})
            rows.change_item(transaction, slip.id, line, lost=item.lost + quantity)
            _note(transaction, slip, {line: quantity}, kind, actor, reason=reason)
            facts = facts_of(slip) | {"line": line, "quantity": quantity, "kind": kind.value}
            transaction.record(actor, "slip.lost", facts)
            return _settle(transaction, slip.id, actor)

    def take_back(self, slip_id: str, line: int, quantity: int, *, actor: str) -> Slip:
        """Something returnable has come back.

        Raises:
            NotFound: there is no such slip.
            Invalid: there is no such line, it leaves for good, or fewer are out.
        """
        with self._store.write() as transaction:
            slip = rows.require_slip(transaction.connection, slip_id)
            item = _require_line(slip, line)
            if item.returnable_until is None or not 1 <= quantity <= item.released - item.returned:
                raise Invalid({"quantity": FieldProblem.OUT_OF_RANGE})
            rows.change_item(transaction, slip.id, line, returned=item.returned + quantity)
            _note(transaction, slip, {line: quantity}, MovementKind.RETURNED, actor)
            transaction.record(actor, "slip.returned", facts_of(slip) | {"line": line, "quantity": quantity})
            return rows.require_slip(transaction.connection, slip.id)

    def tell_late(self) -> int:
        """Tell once of each line that should have come back by now; returns how many there were."""
        late = (
            release_items.c.returnable_until.is_not(None)
            & (release_items.c.returned < release_items.c.released)
            & release_items.c.late_told_at.is_(None)
        )
        query = select(release_items.c.slip_id, release_items.c.line)
        with self._store.read() as connection:
            is_due = release_items.c.returnable_until <= self._clock.now()
            if connection.execute(query.where(late, is_due).limit(1)).first() is None:
                return 0
        with self._store.write() as transaction:
            is_due = release_items.c.returnable_until <= transaction.now
            found = transaction.connection.execute(query.where(late, is_due)).all()
            for row in found:
                slip = rows.require_slip(transaction.connection, row.slip_id)
                rows.change_item(transaction, slip.id, row.line, late_told_at=transaction.now)
                transaction.record(SYSTEM, "slip.return_late", facts_of(slip) | {"line": row.line})
        return len(found)

    def _release(self, transaction: Transaction, slip: Slip, load: Load, actor: str) -> Released:
        opening = self._opener.open(transaction, load.lane, OpeningCause.RELEASE)
        photo_id = self._photos.keep(transaction, load.photo) if load.photo is not None else None
        trip_id = write_trip(transaction, slip, load, opening.id, actor=actor, photo_id=photo_id)
        return Released(rows.require_slip(transaction.connection, slip.id), trip_id, opening)


def write_trip(
    transaction: Transaction, slip: Slip, load: Load, opening_id: str, *, actor: str, photo_id: str | None = None
) -> str:
    """Put on record that a load of a slip leaves, which has been compared with it; returns the trip's id."""
    trip_id = new_id(transaction.now)
    transaction.connection.execute(
        insert(release_trips),
        {
            "id": trip_id, "slip_id": slip.id, "lane": load.lane, "vehicle_plate": load.vehicle_plate.strip(),
            "photo_id": photo_id, "opening_id": opening_id, "at": transaction.now, "by": actor,
        },
    )  # fmt: skip
    wanted = {line: quantity for line, quantity in load.lines.items() if quantity}
    for item in slip.items:
        if item.line in wanted:
            rows.change_item(transaction, slip.id, item.line, released=item.released + wanted[item.line])
    _note(transaction, slip, wanted, MovementKind.RELEASED, actor, trip_id=trip_id)
    # That the gate asked for another slip is settled: what stood there has left on this one.
    rows.change(transaction, slip.id, reissue_asked_at=None)
    lines = [{"line": line, "quantity": quantity} for line, quantity in sorted(wanted.items())]
    facts = {"movement": trip_id, "lane": load.lane, "opening": opening_id, "lines": lines}
    transaction.record(actor, "goods.released", facts_of(slip) | facts)
    _settle(transaction, slip.id, actor)
    return trip_id


def _require_approved(transaction: Transaction, slip_id: str) -> Slip:
    slip = rows.require_slip(transaction.connection, slip_id)
    if slip.state is not SlipState.APPROVED:
        raise rows.state_conflict(slip)
    return slip


def _require_line(slip: Slip, line: int) -> SlipItem:
    item = next((item for item in slip.items if item.line == line), None)
    if item is None:
        raise Invalid({"line": FieldProblem.OUT_OF_RANGE})
    return item


def _note(
    transaction: Transaction,
    slip: Slip,
    quantities: Mapping[int, int],
    kind: MovementKind,
    actor: str,
    *,
    reason: str = "",
    trip_id: str | None = None,
) -> None:
    transaction.connection.execute(
        insert(release_movements),
        [
            {
                "slip_id": slip.id, "line": line, "trip_id": trip_id, "kind": kind.value, "quantity": quantity,
                "reason": reason, "at": transaction.now, "by": actor,
            }
            for line, quantity in sorted(quantities.items())
        ],
    )  # fmt: skip


def _settle(transaction: Transaction, slip_id: str, actor: str) -> Slip:
    """End a slip of which nothing is left to leave."""
    slip = rows.require_slip(transaction.connection, slip_id)
    if any(item.balance for item in slip.items):
        return slip
    slip = rows.move(transaction, slip_id, SlipState.RELEASED, actor=actor)
    transaction.record(actor, "slip.released", facts_of(slip))
    return slip
