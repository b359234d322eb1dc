"""Any order of events at a gate: what may never happen does not, whoever does what when and however often.

The machine does to real services, over a real store, what people do, moves the clock both ways and restarts. Its own
book-keeping is kept as simple as the rules it checks: who is inside, how often a pass let somebody in, what ended.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from kiosk.domain.access import Code, CredentialState, Direction
from kiosk.domain.visits import ENDED_STATES, VisitKind, VisitState
from kiosk.errors import Conflict
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.visit_queries import VisitFilter
from kiosk.store import journal
from tests.support.desk import UNIT, ZONE, Desk, SetClock, open_desk

_STARTS = {"visit.waiting", "visit.signed_in"}
_ENDS = {"visit.signed_out", "visit.expired", "visit.refused", "visit.cancelled"}
UID = "04A1B2C3D4E5F6"

lane_names = st.sampled_from(["in", "out", "side"])
moves = st.sampled_from([1, 20, 45, 200, 1440, -20, -200]).map(lambda minutes: timedelta(minutes=minutes))
starts = st.sampled_from([-300, -1, -1, 30]).map(lambda minutes: timedelta(minutes=minutes))
waits = st.sampled_from([0, 0, 0, 45, 300, -45]).map(lambda minutes: timedelta(minutes=minutes))
walks = st.lists(st.tuples(waits, lane_names), min_size=1, max_size=4)
lengths = st.sampled_from([30, 240, 3000]).map(lambda minutes: timedelta(minutes=minutes))


@dataclass
class PassBook:
    """What is promised of a pass that was issued ahead, and how often it has let somebody in."""

    not_before: datetime
    not_after: datetime
    max_uses: int | None
    lanes: frozenset[str] | None
    revoked: bool = False
    entries: list[str] = field(default_factory=list)


class GateMachine(RuleBasedStateMachine):
    tokens = Bundle("tokens")
    visits = Bundle("visits")

    @initialize()
    def open(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="gate-machine-"))
        self.clock = SetClock()
        self.passes: dict[str, PassBook] = {}
        self.state: dict[str, VisitState] = {}
        self.visit_of_receipt: dict[str, str] = {}
        self.revoked_receipts: set[str] = set()
        self.card_state: CredentialState | None = None
        self.pulsed = 0
        self._open()

    def _open(self) -> None:
        self._stack = ExitStack()
        self.desk: Desk = self._stack.enter_context(open_desk(self.directory, clock=self.clock))
        self.expiry = Chore(time(4), self.desk.visits.expire_overdue)
        self.housekeeping = Housekeeping(self.clock, ZONE, always=[self.desk.spool.lapse_overdue], daily=[self.expiry])

    def teardown(self) -> None:
        try:
            self._check_numbers()
            self._check_journal()
        finally:
            self._stack.close()
            shutil.rmtree(self.directory)

    # --- what people do ---

    @rule(target=visits, lane=st.none() | lane_names)
    def sign_in(self, lane):
        signed_in = self.desk.sign_in(lane=lane)
        self._signed_in(signed_in)
        self._expect_pulses(lane is not None)
        return signed_in.visit.id

    @rule(target=visits, lane=st.none() | lane_names)
    def ask(self, lane):
        visit = self.desk.sign_in(kind=VisitKind.CONTRACTOR, lane=lane).visit
        self.state[visit.id] = visit.state
        assert visit.state is VisitState.WAITING
        self._expect_pulses(False)
        return visit.id

    @rule(visit_id=visits)
    def approve(self, visit_id):
        lane = self.desk.queries.get(visit_id).lane
        may = self.state[visit_id] is VisitState.WAITING
        try:
            signed_in = self.desk.visits.approve(visit_id, actor="user guard")
        except Conflict:
            assert not may
            self._expect_pulses(False)
        else:
            assert may
            self._signed_in(signed_in)
            self._expect_pulses(lane is not None)

    @rule(visit_id=visits, way=st.sampled_from(["refuse", "cancel", "sign_out", "sign_out at a lane"]))
    def end(self, visit_id, way):
        service, actor = self.desk.visits, "user guard"
        actions = {
            "refuse": (VisitState.WAITING, lambda: service.refuse(visit_id, actor=actor, reason="no")),
            "cancel": (VisitState.WAITING, lambda: service.cancel(visit_id, actor=actor)),
            "sign_out": (VisitState.SIGNED_IN, lambda: service.sign_out(visit_id, actor=actor)),
            "sign_out at a lane": (VisitState.SIGNED_IN, lambda: service.sign_out(visit_id, actor=actor, lane="out")),
        }
        wanted, act = actions[way]
        may = self.state[visit_id] is wanted
        try:
            self.state[visit_id] = act().state
        except Conflict:
            assert not may
            self._expect_pulses(False)
        else:
            assert may
            self._expect_pulses(way == "sign_out at a lane")

    @rule(
        target=tokens,
        start=starts,
        length=lengths,
        uses=st.none() | st.integers(1, 3),
        lanes=st.none() | st.frozensets(lane_names, min_size=1),
        walk=walks,
    )
    def issue(self, start, length, uses, lanes, walk):
        not_before = self.clock.now() + start
        not_after = max(not_before, self.clock.now()) + length
        issued = self.desk.passes.issue(
            actor="api test", unit=UNIT, holder="陳大文", not_before=not_before, not_after=not_after, uses=uses,
            lanes=lanes,
        )  # fmt: skip
        self.passes[issued.id] = PassBook(not_before, not_after, uses, lanes)
        self._walk((issued.id, issued.token), walk)
        return issued.id, issued.token

    @rule(target=tokens)
    def take_receipts(self):
        """Receipts in people's hands are passes to try like any others."""
        return multiple(*((pass_id, self._token(visit)) for pass_id, visit in self.visit_of_receipt.items()))

    @rule(token=tokens)
    def revoke(self, token):
        pass_id, _ = token
        is_new = not self._is_revoked(pass_id)
        try:
            self.desk.passes.revoke(pass_id, actor="api test")
        except Conflict:
            assert not is_new
        else:
            assert is_new
        if pass_id in self.passes:
            self.passes[pass_id].revoked = True
        else:
            self.revoked_receipts.add(pass_id)

    @rule(token=tokens, walk=walks)
    def show(self, token, walk):
        self._walk(token, walk)

    def _walk(self, token, walk):
        for wait, lane in walk:
            self.clock.move(wait)
            self._show(token, lane)

    def _show(self, token, lane):
        pass_id, text = token
        self.newest = self._newest_on_record()
        admitted = self.desk.show(text, lane)
        self._expect_pulses(False)
        assert admitted.decision.granted is (admitted.opening is not None)
        if pass_id in self.passes:
            self._shown(pass_id, lane, admitted.decision)
        else:
            self._receipt_shown(pass_id, lane, admitted.decision)

    @rule(token=tokens, lane=lane_names, place=st.integers(0, 400), character=st.sampled_from("0A%:"))
    def show_forged(self, token, lane, place, character):
        _, text = token
        place %= len(text)
        forged = text[:place] + character + text[place + 1 :]
        if forged != text:
            refused = self.desk.show(forged, lane)
            assert refused.decision.code in {Code.FORGED, Code.UNKNOWN}
            assert refused.opening is None

    @rule(state=st.sampled_from([CredentialState.ACTIVE, CredentialState.LOST, CredentialState.SUSPENDED]))
    def keep_card(self, state):
        if self.card_state is None:
            self.card_ends = self.clock.now() + timedelta(hours=3)
            self.card = self.desk.cards.add(
                actor="user clerk", uid=UID, holder="李太", unit=UNIT, valid_to=self.card_ends
            )
        self.desk.cards.set_state(self.card.id, state, actor="user clerk")
        self.card_state = state

    @rule(lane=lane_names, uid=st.sampled_from([UID, "01020304"]))
    def tap(self, lane, uid):
        newest = self._newest_on_record()
        decision = self.desk.tap(uid, lane).decision
        is_active = uid == UID and self.card_state is CredentialState.ACTIVE
        if not is_active:
            assert not decision.granted
        elif decision.direction is Direction.OUT:
            assert decision.granted is (self.clock.now() < max(self.card_ends, newest)), (
                "a clock behind keeps nobody in"
            )
        else:
            assert decision.granted is (newest <= self.clock.now() < self.card_ends)

    # --- what happens by itself ---

    @rule(span=moves)
    def move_clock(self, span):
        self.clock.move(span)

    @rule()
    def keep_house(self):
        before = self.clock.now().astimezone(ZONE).replace(hour=4, minute=0, second=0, microsecond=0)
        due = before if before <= self.clock.now() else before - timedelta(days=1)
        already_done = self.expiry.done_until == due
        inside = {visit.id: visit.ends_at for visit in self.desk.queries.inside()}
        waiting = {visit.id: visit.created_at for visit in self.desk.queries.waiting()}
        expired = self.housekeeping.run_due()
        overdue = [] if already_done else [visit_id for visit_id, ends_at in inside.items() if ends_at <= due]
        assert expired == len(overdue)
        self.state |= dict.fromkeys(overdue, VisitState.EXPIRED)
        for visit_id, created_at in waiting.items():
            if not already_done and created_at <= due - timedelta(hours=1):
                self.state[visit_id] = VisitState.CANCELLED

    @precondition(lambda self: len(self.state) > 2)
    @rule()
    def restart(self):
        self._check_journal()
        self._stack.close()
        self._open()
        self.pulsed = 0

    # --- what must be so ---

    @invariant()
    def the_register_is_as_the_machine_has_it(self):
        register = {visit.id: visit for visit in self._all_visits()}
        assert {visit_id: visit.state for visit_id, visit in register.items()} == self.state
        inside = {visit_id for visit_id, state in self.state.items() if state is VisitState.SIGNED_IN}
        assert {visit.id for visit in self.desk.queries.inside()} == inside
        for visit in register.values():
            assert (visit.ended_at is not None) is (visit.state in ENDED_STATES)

    def _check_numbers(self):
        """Numbers have no gap and no twin."""
        days = defaultdict(list)
        for visit in self._all_visits():
            day, count = visit.number.split("-")
            days[day].append(int(count))
        for counts in days.values():
            assert sorted(counts) == list(range(1, len(counts) + 1))

    @invariant()
    def passes_let_in_no_more_than_they_say(self):
        for book in self.passes.values():
            assert book.max_uses is None or len(book.entries) <= book.max_uses

    def _check_journal(self):
        """The journal is whole, and tells each thing about a visit once and one end of it at most."""
        with self.desk.store.read() as connection:
            assert journal.verify(connection).bad_seq is None
            entries = journal.after(connection, 0, 100_000)
        told = Counter((entry.payload["visit"], entry.type) for entry in entries if entry.type.startswith("visit."))
        assert max(told.values(), default=1) == 1
        ended = Counter(visit for visit, type_ in told if type_ in _ENDS)
        assert max(ended.values(), default=1) == 1
        assert set(ended) == {visit_id for visit_id, state in self.state.items() if state in ENDED_STATES}
        assert {visit for visit, type_ in told if type_ in _STARTS} == set(self.state)

    # --- book-keeping ---

    def _signed_in(self, signed_in):
        assert signed_in.visit.state is VisitState.SIGNED_IN
        self.state[signed_in.visit.id] = VisitState.SIGNED_IN
        self.visit_of_receipt[signed_in.issued.id] = signed_in.visit.id

    def _shown(self, pass_id, lane, decision):
        """A pass issued ahead: it lets in within its promise only, and its bearer out again."""
        book, now = self.passes[pass_id], self.clock.now().replace(microsecond=0)
        inside = [visit_id for visit_id in book.entries if self.state[visit_id] is VisitState.SIGNED_IN]
        assert len(inside) <= 1
        goes_out = lane == "out" or (lane == "side" and bool(inside))
        is_behind = now < self.newest  # the clock, by minutes at least: this machine sets it so
        within = book.not_before.replace(microsecond=0) <= now < book.not_after.replace(microsecond=0)
        may = not book.revoked and (book.lanes is None or lane in book.lanes)
        if not decision.granted:
            assert not (may and goes_out and inside), "who is inside may leave"
            return
        assert may
        assert decision.direction is (Direction.OUT if goes_out else Direction.IN)
        if goes_out and inside:
            self.state[inside[0]] = VisitState.SIGNED_OUT
            return
        assert within or (goes_out and is_behind), "a doubtful clock keeps nobody inside"
        if goes_out:
            book.max_uses = book.max_uses - 1 if book.max_uses is not None else None  # let somebody out: a use as well
            return
        assert not is_behind, "the clock is wrong, so nobody knows whether the pass still holds"
        assert self.newest < book.not_after, "it is on record that its end has come"
        assert not inside, "a second person on the code of one who is inside"
        entered = next(visit for visit in self._all_visits() if visit.id not in self.state)
        assert (entered.state, entered.pass_id) == (VisitState.SIGNED_IN, pass_id)
        book.entries.append(entered.id)
        self.state[entered.id] = VisitState.SIGNED_IN

    def _receipt_shown(self, pass_id, lane, decision):
        """A receipt opens the way out once, for the visit it was printed for, and nothing else."""
        visit_id = self.visit_of_receipt[pass_id]
        is_inside = self.state[visit_id] is VisitState.SIGNED_IN
        assert decision.granted is (lane != "in" and is_inside and pass_id not in self.revoked_receipts)
        if decision.granted:
            assert decision.direction is Direction.OUT
            self.state[visit_id] = VisitState.SIGNED_OUT

    def _newest_on_record(self):
        with self.desk.store.read() as connection:
            return journal.newest_stamp(connection)[0]

    def _is_revoked(self, pass_id):
        return self.passes[pass_id].revoked if pass_id in self.passes else pass_id in self.revoked_receipts

    def _token(self, visit_id):
        return self.desk.queries.token_of(self.desk.queries.get(visit_id))

    def _expect_pulses(self, one_more):
        self.pulsed += bool(one_more)
        assert len(self.desk.pulses) == self.pulsed

    def _all_visits(self):
        found, before = [], None
        while True:
            page = self.desk.queries.page(VisitFilter(), before=before, limit=200)
            found += page.items
            if page.next_after is None:
                return found
            before = page.next_after


GateMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=50,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # to shrink one, with its fsyncs, takes longer than a test may
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
test_gate_machine = GateMachine.TestCase
