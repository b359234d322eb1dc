"""A host is asked, and answers, or does not: by a clock that is set."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.approvals import Step, Way
from kiosk.domain.invitations import NewInvitation
from kiosk.domain.visits import VisitKind, VisitState
from kiosk.errors import Conflict
from kiosk.services.approvals import Contact, HostWatch
from kiosk.services.resident_links import NewLink
from kiosk.store import journal
from tests.support.appliance import PATIENCE_S, UNITS
from tests.support.desk import UNIT, Desk, SetClock, open_desk

HOST = {"kinds": {"guest": {"approval": "host"}}}
WITHIN = timedelta(seconds=120)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path, visits=HOST, hosts={"base_url": "http://192.168.1.10:8080"}) as desk:
        yield desk


def make_link(desk: Desk, name: str = "陳太 phone", phone: str = "", unit: str = UNIT):
    return desk.links.make(NewLink(unit, name, phone=phone), actor="user clerk")[0]


def types(desk: Desk) -> list[str]:
    with desk.store.read() as connection:
        entries = journal.after(connection, 0, 1000)
    return [entry.type for entry in entries if entry.type.startswith(("visit.", "host."))]


def steps(desk: Desk, visit_id: str) -> list[tuple[Step, Way, str]]:
    return [(one.step, one.way, one.name) for one in desk.approvals.of_visit(visit_id)]


def test_a_visit_waits_for_its_host_who_lets_it_in(desk: Desk) -> None:
    link = make_link(desk)
    visit = desk.sign_in().visit
    assert visit.state is VisitState.WAITING
    assert desk.pulses == []
    (asked,) = desk.approvals.asked_of(UNIT)
    assert (asked.visit.id, asked.due_at - asked.asked_at, asked.is_unanswered) == (visit.id, WITHIN, False)
    signed_in = desk.visits.approve(visit.id, actor=link.actor)
    assert signed_in.visit.state is VisitState.SIGNED_IN
    assert [opening.lane for opening in desk.pulses] == ["in"]
    assert types(desk) == ["visit.waiting", "host.asked", "visit.approved", "visit.signed_in"]
    assert steps(desk, visit.id) == [(Step.ASKED, Way.BOX, ""), (Step.APPROVED, Way.LINK, "陳太 phone")]
    assert desk.approvals.asked_of(UNIT) == []
    with desk.store.read() as connection:
        (entry,) = journal.latest(connection, frozenset({"visit.approved"}), 1)
    assert entry.actor == f"host {link.id}"


def test_a_host_who_says_no(desk: Desk) -> None:
    link = make_link(desk)
    visit = desk.sign_in().visit
    assert desk.visits.refuse(visit.id, actor=link.actor, reason="").state is VisitState.REFUSED
    assert desk.pulses == []
    assert steps(desk, visit.id)[-1] == (Step.REFUSED, Way.LINK, "陳太 phone")


def test_a_unit_without_a_link_goes_to_the_guard_at_once(desk: Desk) -> None:
    make_link(desk, unit=UNITS[1].code)
    revoked = make_link(desk)
    desk.links.revoke(revoked.id, actor="user clerk")
    visit = desk.sign_in().visit
    assert visit.state is VisitState.WAITING
    assert desk.approvals.asked() == {}
    assert types(desk) == ["visit.waiting"]
    desk.visits.approve(visit.id, actor="user chan")
    assert steps(desk, visit.id) == [(Step.APPROVED, Way.PANEL, "chan")]


def test_no_answer_in_time_goes_to_the_guard_with_whom_to_call(desk: Desk) -> None:
    make_link(desk, "陳太", "9123 4567")
    make_link(desk, "陳生", "")
    make_link(desk, "陳太 tablet", "9123 4567")
    visit = desk.sign_in().visit
    assert desk.approvals.due_in_s() == 120.0
    desk.clock.move(WITHIN - timedelta(seconds=1))
    assert desk.approvals.run_due() == 0
    assert desk.approvals.due_in_s() == 1.0
    desk.clock.move(timedelta(seconds=1))
    assert [desk.approvals.run_due() for _ in range(3)] == [1, 0, 0]
    asked = desk.approvals.asked()[visit.id]
    assert asked.is_unanswered
    assert asked.contacts == (Contact("陳太", "9123 4567"), Contact("陳太 tablet", "9123 4567"))
    assert desk.approvals.due_in_s() is None
    assert types(desk) == ["visit.waiting", "host.asked", "host.unanswered"]


def test_the_host_may_still_answer_late_and_the_guard_early(desk: Desk) -> None:
    link = make_link(desk)
    late, early = desk.sign_in().visit, desk.sign_in("李生").visit
    desk.visits.approve(early.id, actor="user chan")
    desk.clock.move(WITHIN)
    assert desk.approvals.run_due() == 1
    desk.visits.approve(late.id, actor=link.actor)
    assert steps(desk, late.id) == [
        (Step.ASKED, Way.BOX, ""), (Step.UNANSWERED, Way.BOX, ""), (Step.APPROVED, Way.LINK, "陳太 phone"),
    ]  # fmt: skip
    assert steps(desk, early.id) == [(Step.ASKED, Way.BOX, ""), (Step.APPROVED, Way.PANEL, "chan")]


def test_a_visitor_who_gave_up_is_handed_to_nobody(desk: Desk) -> None:
    make_link(desk)
    desk.visits.cancel(desk.sign_in().visit.id, actor="touchscreen")
    desk.clock.move(WITHIN)
    assert desk.approvals.run_due() == 0
    assert desk.approvals.due_in_s() is None


def test_a_restart_hands_over_what_became_due_meanwhile(tmp_path: Path) -> None:
    clock = SetClock()
    hosts = {"base_url": "http://192.168.1.10:8080", "answer_within_s": 30}
    with open_desk(tmp_path, clock=clock, visits=HOST, hosts=hosts) as desk:
        make_link(desk)
        visit = desk.sign_in().visit
    clock.move(timedelta(seconds=30))
    with open_desk(tmp_path, clock=clock, visits=HOST, hosts=hosts) as desk:
        assert desk.approvals.run_due() == 1
        assert desk.approvals.asked()[visit.id].is_unanswered


def test_a_clock_that_was_set_back_makes_nobody_wait_longer(desk: Desk) -> None:
    make_link(desk)
    desk.sign_in()
    desk.clock.move(-timedelta(days=1))
    assert desk.approvals.run_due() == 1


def test_an_invited_guest_does_not_wait(desk: Desk) -> None:
    link = make_link(desk)
    now = desk.clock.now()
    expected = NewInvitation(UNIT, "王小明", now, now + timedelta(hours=2))
    desk.invitations.invite(expected, actor=link.actor, link=link)
    signed_in = desk.sign_in("王小明")
    assert signed_in.visit.state is VisitState.SIGNED_IN
    assert "host.asked" not in types(desk)
    assert [(step, way) for step, way, _name in steps(desk, signed_in.visit.id)] == [(Step.APPROVED, Way.PASS)]
    assert desk.sign_in("王小明").visit.state is VisitState.WAITING  # the invitation was for one entry


def test_other_kinds_ask_nobody_or_the_guard_alone(desk: Desk) -> None:
    make_link(desk)
    assert desk.sign_in(kind=VisitKind.DELIVERY).visit.state is VisitState.SIGNED_IN
    waiting = desk.sign_in(kind=VisitKind.CONTRACTOR).visit
    assert desk.approvals.asked() == {}
    assert not desk.approvals.was_asked(waiting.id)


def test_of_two_answers_at_once_the_first_stands_and_the_second_is_told(desk: Desk) -> None:
    links = [make_link(desk, str(number)) for number in range(6)]
    visit = desk.sign_in().visit
    together = threading.Barrier(len(links))
    told: list[str] = []

    def answer(place: int) -> None:
        together.wait(PATIENCE_S)
        try:
            if place % 2:
                desk.visits.approve(visit.id, actor=links[place].actor)
            else:
                desk.visits.refuse(visit.id, actor=links[place].actor, reason="")
            told.append("done")
        except Conflict as refusal:
            told.append(refusal.code)

    threads = [threading.Thread(target=answer, args=(place,)) for place in range(len(links))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert told.count("done") == 1
    state = desk.queries.get(visit.id).state
    late = "visit-signed-in" if state is VisitState.SIGNED_IN else "visit-refused"
    assert sorted(told) == sorted(["done", *[late] * 5])
    assert len(steps(desk, visit.id)) == 2


def test_the_watch_wakes_for_a_visit_that_is_asked_about_while_it_sleeps(desk: Desk) -> None:
    make_link(desk)
    watch = HostWatch(desk.approvals)
    watch.start()
    handed = threading.Event()
    desk.store.on_commit(lambda _seq: handed.set() if types(desk)[-1:] == ["host.unanswered"] else None)
    try:
        desk.sign_in()
        desk.clock.move(WITHIN)
        desk.sign_in("李生")  # any news makes it look again
        assert handed.wait(PATIENCE_S)
    finally:
        assert watch.stop(PATIENCE_S)
