"""Any order of approvals, trips, losses, voids and crashes, at two lanes at once: what a slip promises holds.

What has left and what is lost never exceeds what was approved, the numbers have no gap and no twin, and a slip that is
void, lapsed or never approved opens no lane. The machine keeps its own simple book and compares.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from kiosk.domain.slips import (
    MovementKind,
    NewItem,
    NewSlip,
    Requester,
    SlipKind,
    SlipSource,
    SlipState,
    parts_of_number,
)
from kiosk.errors import Conflict, Invalid, Refusal
from kiosk.services.goods.slip_queries import SlipFilter
from kiosk.services.goods.slip_release import Load, write_trip
from kiosk.services.resident_links import NewLink
from kiosk.store import journal
from kiosk.store.database import Transaction
from tests.support.desk import UNIT, ZONE, Desk, SetClock, open_desk

_BEGIN = datetime(2026, 12, 30, 12, 0, tzinfo=ZONE)
"""Close to the turn of a year, at which the numbers begin anew."""

quantities = st.integers(1, 4)
lanes = st.sampled_from(["in", "out", "side"])
loads = st.dictionaries(st.integers(1, 3), st.integers(0, 4), min_size=1, max_size=3)


class PowerCut(Exception):
    """The box stops in the middle of a transaction."""


@dataclass
class SlipBook:
    """What is promised of a slip, and what has become of it."""

    quantities: list[int]
    state: SlipState = SlipState.REQUESTED
    gone: dict[int, int] = field(default_factory=dict)

    def take(self, lines: dict[int, int]) -> None:
        for line, quantity in lines.items():
            self.gone[line] = self.gone.get(line, 0) + quantity
        if all(self.gone.get(line, 0) == quantity for line, quantity in enumerate(self.quantities, 1)):
            self.state = SlipState.RELEASED

    def has(self, lines: dict[int, int]) -> bool:
        wanted = {line: quantity for line, quantity in lines.items() if quantity}
        return bool(wanted) and all(
            line <= len(self.quantities) and self.gone.get(line, 0) + quantity <= self.quantities[line - 1]
            for line, quantity in wanted.items()
        )


class SlipMachine(RuleBasedStateMachine):
    slips = Bundle("slips")

    @initialize()
    def open(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="slip-machine-"))
        self.clock = SetClock(_BEGIN)
        self.books: dict[str, SlipBook] = {}
        self.trips = 0
        self.pulses = 0
        self._open()
        self.owner = self.desk.links.make(NewLink(UNIT, "業主", is_owner=True), actor="user desk")[0]

    def _open(self) -> None:
        self._stack = ExitStack()
        self.desk: Desk = self._stack.enter_context(open_desk(self.directory, clock=self.clock))

    def _new(self, counts: list[int]) -> NewSlip:
        now = self.clock.now()
        return NewSlip(
            kind=SlipKind.HOUSEHOLD, requester=Requester.OWNER, requested_by="李太", unit=UNIT,
            items=tuple(NewItem(f"箱 {line}", count) for line, count in enumerate(counts, 1)),
            not_before=now, not_after=now + timedelta(days=1),
        )  # fmt: skip

    @rule(target=slips, counts=st.lists(quantities, min_size=1, max_size=3), is_approved=st.booleans())
    def request(self, counts: list[int], is_approved: bool) -> str:  # noqa: FBT001 - hypothesis hands it over
        slip = self.desk.goods.slips.request(self._new(counts), source=SlipSource.DESK, actor="user desk")
        self.books[slip.id] = SlipBook(counts)
        if is_approved:
            self.approve(slip.id)
        return slip.id

    @rule(slip=slips)
    def approve(self, slip: str) -> None:
        book = self.books[slip]
        try:
            self.desk.goods.slips.approve_by_link(slip, self.owner)
        except Conflict:
            assert book.state is not SlipState.REQUESTED
        else:
            assert book.state is SlipState.REQUESTED
            book.state = SlipState.APPROVED

    @rule(slip=slips, lines=loads, lane=lanes)
    def release(self, slip: str, lines: dict[int, int], lane: str) -> None:
        book = self.books[slip]
        may_leave = book.state is SlipState.APPROVED and book.has(lines) and self._is_in_time(slip)
        try:
            self.desk.goods.release.release(slip, Load(lane, lines), actor="user guard")
        except Conflict:
            assert not may_leave
        else:
            assert may_leave
            self.trips += 1
            book.take(lines)

    @rule(slip=slips, one=loads, other=loads)
    def two_lanes_at_once(self, slip: str, one: dict[int, int], other: dict[int, int]) -> None:
        book = self.books[slip]
        left: list[dict[int, int]] = []
        start = threading.Barrier(2)

        def go(lane: str, lines: dict[int, int]) -> None:
            start.wait()
            try:
                self.desk.goods.release.release(slip, Load(lane, lines), actor="user guard")
            except Conflict:
                return
            left.append(lines)

        threads = [threading.Thread(target=go, args=args) for args in (("in", one), ("out", other))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if left:
            assert book.state is SlipState.APPROVED
        for lines in left:
            assert book.has(lines)
            self.trips += 1
            book.take(lines)

    @rule(slip=slips, line=st.integers(1, 3), quantity=quantities)
    def lose(self, slip: str, line: int, quantity: int) -> None:
        book = self.books[slip]
        may_be = book.state is SlipState.APPROVED and book.has({line: quantity})
        try:
            self.desk.goods.release.note_lost(
                slip, line, quantity, kind=MovementKind.LOST, reason="找不到", actor="user guard"
            )
        except Refusal:
            assert not may_be
        else:
            assert may_be
            book.take({line: quantity})

    @rule(slip=slips)
    def void(self, slip: str) -> None:
        book = self.books[slip]
        try:
            self.desk.goods.slips.void(slip, actor="user desk", reason="改期")
        except Conflict:
            assert book.state not in {SlipState.REQUESTED, SlipState.APPROVED}
        else:
            assert book.state in {SlipState.REQUESTED, SlipState.APPROVED}
            book.state = SlipState.VOID

    @rule(target=slips, slip=slips, counts=st.lists(quantities, min_size=1, max_size=3))
    def reissue(self, slip: str, counts: list[int]) -> str:
        book = self.books[slip]
        try:
            new = self.desk.goods.slips.reissue(slip, self._new(counts), source=SlipSource.DESK, actor="user desk")
        except Conflict:
            assert book.state not in {SlipState.REQUESTED, SlipState.APPROVED}
            return slip
        assert book.state in {SlipState.REQUESTED, SlipState.APPROVED}
        book.state = SlipState.VOID
        self.books[new.id] = SlipBook(counts)
        return new.id

    @rule(hours=st.sampled_from([1, 7, 25]))
    def wait(self, hours: int) -> None:
        self.clock.move(timedelta(hours=hours))
        self.desk.goods.slips.lapse_overdue()
        for slip_id, book in self.books.items():
            is_open = book.state in {SlipState.REQUESTED, SlipState.APPROVED}
            if is_open and not self._is_in_time(slip_id):
                book.state = SlipState.LAPSED

    @rule(slip=slips, lines=loads)
    def cut_the_power_in_the_middle(self, slip: str, lines: dict[int, int]) -> None:
        """Nothing of a trip, and of a request its number neither, is there when the power fails before the commit."""
        try:
            with self.desk.store.write() as transaction:
                self._write_half(transaction, slip, lines)
                raise PowerCut
        except (PowerCut, Conflict, Invalid):
            pass
        self._stack.close()
        self.pulses += len(self.desk.pulses)
        self._open()

    def _write_half(self, transaction: Transaction, slip: str, lines: dict[int, int]) -> None:
        self.desk.goods.slips.request_within(transaction, self._new([1]), source=SlipSource.DESK, actor="user desk")
        found = self.desk.goods.slip_queries.get(slip)
        if found.state is SlipState.APPROVED and self.books[slip].has(lines):
            write_trip(transaction, found, Load("out", lines), "opening", actor="user guard")

    @rule()
    def restart(self) -> None:
        self._stack.close()
        self.pulses += len(self.desk.pulses)
        self._open()

    @invariant()
    def nothing_more_has_left_than_was_approved(self) -> None:
        for slip_id, book in self.books.items():
            slip = self.desk.goods.slip_queries.get(slip_id)
            assert slip.state is book.state
            for item in slip.items:
                assert item.released + item.lost == book.gone.get(item.line, 0) <= item.quantity
            moved = self.desk.goods.slip_queries.movements(slip_id)
            assert sum(one.quantity for one in moved) == sum(book.gone.values())

    @invariant()
    def every_opening_is_one_trip(self) -> None:
        assert self.pulses + len(self.desk.pulses) == self.trips

    @invariant()
    def numbers_have_no_gap_and_no_twin(self) -> None:
        found = self.desk.goods.slip_queries.page(SlipFilter(), before=None, limit=500).items
        numbers = sorted(parts_of_number(slip.number) for slip in found)
        by_year = {year: [count for one, count in numbers if one == year] for year, _count in numbers}
        assert all(counts == list(range(1, len(counts) + 1)) for counts in by_year.values())

    def teardown(self) -> None:
        with self.desk.store.read() as connection:
            assert journal.verify(connection).bad_seq is None
        self._stack.close()
        shutil.rmtree(self.directory)

    def _is_in_time(self, slip_id: str) -> bool:
        slip = self.desk.goods.slip_queries.get(slip_id)
        return slip.not_before <= self.clock.now() < slip.not_after


SlipMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink one takes longer than a test may
)
test_slip_machine = SlipMachine.TestCase
