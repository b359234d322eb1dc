"""The visitor register, from sign-in to its end, on a whole gate with simulated devices."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.clock import ClockConfidence
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.idempotency import Repeatable
from kiosk.services.visit_queries import VisitFilter
from tests.support.appliance import demo_appliance, document

UNIT = "1-A-1-A"
GUEST = NewVisit(VisitKind.GUEST, UNIT, "王小明", phone="+852 9123 4567", companions=1, vehicle_plate="粤B 12345")


@pytest.fixture
def gate(tmp_path):
    with demo_appliance(tmp_path) as gate:
        yield gate


def _sign_in(gate, new=GUEST, **changes):
    wanted = {"source": VisitSource.PANEL, "actor": "user guard", "lane": "in"}
    return gate.appliance.visits.sign_in(new, **(wanted | changes))


def test_a_sign_in_is_a_number_a_pass_a_receipt_and_an_open_barrier(gate):
    signed_in = _sign_in(gate)
    assert signed_in.visit.state is VisitState.SIGNED_IN
    assert signed_in.visit.number.endswith("-001")
    assert signed_in.issued is not None
    gate.wait_for_pulses(1)
    gate.wait_for_entry("gate.opened", cause="sign-in")
    gate.wait_for_entry("receipt.printed")
    assert len(gate.printer().receipts) == 1


def test_numbers_run_through_the_day_without_a_gap(gate):
    numbers = [_sign_in(gate, lane=None).visit.number for _ in range(5)]
    day = numbers[0].split("-")[0]
    assert numbers == [f"{day}-{count:03d}" for count in range(1, 6)]


def test_without_a_lane_no_barrier_moves(gate):
    _sign_in(gate, lane=None)
    gate.wait_for_entry("receipt.printed")
    assert gate.relay().pulses == ()


def test_a_contractor_waits_for_the_guard(gate):
    new = NewVisit(VisitKind.CONTRACTOR, UNIT, "李工", phone="91234567", purpose="lift")
    waiting = _sign_in(gate, new, source=VisitSource.TOUCH, actor="touch")
    assert (waiting.visit.state, waiting.issued) == (VisitState.WAITING, None)
    assert gate.relay().pulses == ()
    approved = gate.appliance.visits.approve(waiting.visit.id, actor="user guard")
    assert approved.visit.state is VisitState.SIGNED_IN
    assert approved.visit.decided_by == "user guard"
    gate.wait_for_pulses(1)
    with pytest.raises(Conflict):
        gate.appliance.visits.approve(waiting.visit.id, actor="user guard")


def test_a_refused_visit_stays_out_for_good(gate):
    new = NewVisit(VisitKind.OTHER, UNIT, "李", purpose="?")
    waiting = _sign_in(gate, new, source=VisitSource.TOUCH, actor="touch")
    refused = gate.appliance.visits.refuse(waiting.visit.id, actor="user guard", reason="not expected")
    assert (refused.state, refused.reason) == (VisitState.REFUSED, "not expected")
    for attempt in (gate.appliance.visits.approve, gate.appliance.visits.cancel, gate.appliance.visits.sign_out):
        with pytest.raises(Conflict):
            attempt(waiting.visit.id, actor="user guard")
    assert gate.relay().pulses == ()


def test_a_second_sign_out_is_refused_and_changes_nothing(gate):
    visit = _sign_in(gate).visit
    gate.appliance.visits.sign_out(visit.id, actor="user guard")
    head = gate.appliance.feed.last_seq
    with pytest.raises(Conflict) as refusal:
        gate.appliance.visits.sign_out(visit.id, actor="user guard")
    assert refusal.value.code == "visit-signed-out"
    assert not gate.entries("visit.signed_out", after=head)


def test_an_unknown_visit_is_not_found(gate):
    with pytest.raises(NotFound):
        gate.appliance.visits.sign_out("0" * 32, actor="user guard")


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"visitor_name": "  "}, "visitor_name", FieldProblem.REQUIRED),
        ({"visitor_name": "x" * 81}, "visitor_name", FieldProblem.TOO_LONG),
        ({"visitor_name": "王\n明"}, "visitor_name", FieldProblem.NOT_ONE_LINE),
        ({"visitor_name": "\ud800"}, "visitor_name", FieldProblem.NOT_ONE_LINE),
        ({"phone": "call me"}, "phone", FieldProblem.NOT_A_PHONE),
        ({"phone": "1234"}, "phone", FieldProblem.NOT_A_PHONE),
        ({"companions": -1}, "companions", FieldProblem.OUT_OF_RANGE),
        ({"companions": 51}, "companions", FieldProblem.OUT_OF_RANGE),
        ({"vehicle_plate": "x" * 17}, "vehicle_plate", FieldProblem.TOO_LONG),
        ({"purpose": "x" * 201}, "purpose", FieldProblem.TOO_LONG),
        ({"unit": "9-Z-9-Z"}, "unit", FieldProblem.UNKNOWN_UNIT),
    ],
)
def test_bad_input_is_named_and_changes_nothing(gate, changes, field, problem):
    head = gate.appliance.feed.last_seq
    wanted = {"kind": VisitKind.GUEST, "unit": UNIT, "visitor_name": "王小明"} | changes
    with pytest.raises(Invalid) as refusal:
        _sign_in(gate, NewVisit(**wanted))
    assert refusal.value.fields == {field: problem}
    assert gate.appliance.visit_queries.page(VisitFilter(), before=None, limit=5).items == []
    assert not gate.entries("visit.signed_in", after=head)


@pytest.mark.parametrize("name", ["👩\u200d👧 Mum", "\u202bمحمد\u202c", "𨋢 嘉", "Ann-Marié O'Neill", "曾單解仇區"])
def test_names_are_kept_as_typed(gate, name):
    visit = _sign_in(gate, NewVisit(VisitKind.GUEST, UNIT, name)).visit
    assert gate.appliance.visit_queries.get(visit.id).visitor_name == name


def test_a_repeat_with_the_same_key_gets_the_first_answer(gate):
    api_key = gate.appliance.accounts.verify_api_key(gate.appliance.accounts.make_api_key("test"))
    once = Repeatable(api_key.id, "key-1", "hash")
    first, was_repeat = gate.appliance.visits.sign_in_once(GUEST, actor="api test", lane="in", repeatable=once)
    assert not was_repeat
    again, was_repeat = gate.appliance.visits.sign_in_once(GUEST, actor="api test", lane="in", repeatable=once)
    assert was_repeat
    assert again == first
    assert len(gate.appliance.visit_queries.inside()) == 1
    with pytest.raises(Conflict):
        gate.appliance.visits.sign_in_once(
            GUEST, actor="api test", lane="in", repeatable=Repeatable(api_key.id, "key-1", "other")
        )


def test_a_visit_is_found_by_whatever_is_known_of_it(gate):
    wanted = _sign_in(gate).visit
    other = _sign_in(gate, NewVisit(VisitKind.GUEST, "2-C-12-A", "Chan Tai Man", phone="61112222")).visit

    def found(query):
        page = gate.appliance.visit_queries.page(VisitFilter(query=query), before=None, limit=10)
        return [visit.id for visit in page.items]

    for query in ("王", "小明", "明", "91234567", "4567", "粤B12345", "粤b 123", UNIT, UNIT.lower(), wanted.number):
        assert found(query) == [wanted.id], query
    for query in ("chan", "CHAN TAI", "tai m", "2222", other.number):
        assert found(query) == [other.id], query
    for query in ("李", "明小", "45678", '"', "*", "NEAR(", "' OR 1=1 --"):
        assert found(query) == [], query


def test_pages_follow_one_another_while_rows_are_added(gate):
    ids = [_sign_in(gate, lane=None).visit.id for _ in range(7)]
    seen, before = [], None
    while True:
        page = gate.appliance.visit_queries.page(VisitFilter(), before=before, limit=3)
        seen += [visit.id for visit in page.items]
        _sign_in(gate, lane=None)
        if page.next_after is None:
            break
        before = page.next_after
    assert seen == ids[::-1]


def test_the_typed_number_finds_the_visit_inside(gate):
    visit = _sign_in(gate).visit
    find = gate.appliance.visits.find_inside
    assert [find(typed) and find(typed).id for typed in (visit.number, visit.number.replace("-", ""), "1", "001")] == [
        visit.id
    ] * 4
    assert find("2") is None
    assert find("") is None
    assert find("abc") is None
    gate.appliance.visits.sign_out(visit.id, actor="touch")
    assert find(visit.number) is None


def test_a_pre_registration_admits_who_it_was_made_for_once(tmp_path):
    kinds = {"guest": {"approval": "pre-registration"}}
    with demo_appliance(tmp_path, settings=document(visits={"kinds": kinds})) as gate:
        now = datetime.now(UTC)
        gate.appliance.passes.issue(
            actor="api", unit=UNIT, holder="王小明", not_before=now - timedelta(hours=1),
            not_after=now + timedelta(hours=1), uses=1, lanes=None,
        )  # fmt: skip
        states = [
            _sign_in(gate, new).visit.state
            for new in (
                NewVisit(VisitKind.GUEST, UNIT, "李大文"),
                NewVisit(VisitKind.GUEST, "1-A-1-B", "王小明"),
                NewVisit(VisitKind.GUEST, UNIT, "王小明"),
                NewVisit(VisitKind.GUEST, UNIT, "王小明"),
            )
        ]
        assert states == [VisitState.WAITING, VisitState.WAITING, VisitState.SIGNED_IN, VisitState.WAITING]


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, now):
        self.time = now

    def now(self):
        return self.time

    def monotonic_ns(self):
        return int(self.time.timestamp() * 1e9)

    def confidence(self):
        return ClockConfidence.SYNCHRONISED


def test_who_never_signs_out_expires_at_the_set_hour(tmp_path):
    zone = ZoneInfo("Asia/Hong_Kong")
    clock = SetClock(datetime(2026, 3, 1, 22, 0, tzinfo=zone).astimezone(UTC))
    with demo_appliance(tmp_path, clock=clock) as gate:
        keeper = Housekeeping(clock, zone, always=[], daily=[Chore(time(4, 0), gate.appliance.visits.expire_overdue)])
        late = _sign_in(gate, lane=None).visit  # 4 hours: ends at 2:00
        clock.time += timedelta(hours=5)
        early = _sign_in(gate, lane=None).visit  # ends at 7:00
        keeper.run_due()
        assert gate.appliance.visit_queries.get(late.id).state is VisitState.SIGNED_IN
        clock.time += timedelta(hours=1, minutes=1)
        keeper.run_due()
        assert gate.appliance.visit_queries.get(late.id).state is VisitState.EXPIRED
        assert gate.appliance.visit_queries.get(early.id).state is VisitState.SIGNED_IN
        assert gate.entries("visit.expired", visit=late.id)
        assert not gate.entries("visit.signed_out")
