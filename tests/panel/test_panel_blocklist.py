"""The blocklist at the panel: kept by supervisors, read by guards, and what it does to a visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from kiosk.domain.blocklist import BlockState
from kiosk.domain.roles import Permission, Role, may
from kiosk.domain.visits import Visit, VisitKind, VisitState
from kiosk.services.blocklist import BlocklistEntry
from tests.panel.guard import Guard
from tests.support.appliance import TestGate

Arrive = Callable[..., Visit]
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def emptied(gate: TestGate) -> Iterator[None]:
    """Each test has a list of its own."""
    yield
    page = gate.appliance.blocklist.page(
        BlockState.ACTIVE, "", now=gate.appliance.clock.now(), after=None, limit=200
    )  # fmt: skip
    for entry in page.items:
        gate.appliance.blocklist.remove(entry.id, actor="test")


@pytest.fixture
def chief(app: Flask) -> Guard:
    chief = Guard(app)
    chief.log_in("supervisor")
    return chief


@pytest.fixture
def put(gate: TestGate) -> Callable[..., BlocklistEntry]:
    def put(**person: object) -> BlocklistEntry:
        return gate.appliance.blocklist.add(actor="user chief", **({"reason": "threatened a guard"} | person))

    return put


Put = Callable[..., BlocklistEntry]


@pytest.mark.parametrize("role", list(Role))
def test_supervisors_keep_the_list_and_whoever_admits_reads_it(app: Flask, role: Role, put: Put) -> None:
    entry, one = put(phone="55507001"), Guard(app)
    one.log_in(role.value)
    reads = role in {Role.GUARD, Role.FRONT_DESK, Role.SUPERVISOR, Role.ADMIN}
    keeps = role in {Role.SUPERVISOR, Role.ADMIN}
    assert (may(role, Permission.ADMIT), may(role, Permission.MANAGE_BLOCKLIST)) == (reads, keeps)
    shown = one.get("/panel/blocklist")
    assert shown.status_code == (200 if reads else 403)
    assert ("5550" in shown.text) is reads
    assert ("/panel/blocklist/add" in shown.text) is keeps
    page = one.get(f"/panel/blocklist/{entry.id}").text
    assert (f"{entry.id}/remove" in page) is keeps
    assert ('href="/panel/blocklist"' in one.get("/panel/devices").text) is reads


def test_somebody_is_put_on_the_list_and_taken_off(chief: Guard, gate: TestGate) -> None:
    answer = chief.post(
        "/panel/blocklist", name="陳大文", phone="9123 4567", vehicle_plate="", reason=" broke the  barrier ",
        ends_on="2099-03-31",
    )  # fmt: skip
    assert answer.status_code == 303
    entry = gate.appliance.blocklist.get(answer.location.rsplit("/", 1)[1])
    assert (entry.name, entry.phone, entry.added_by) == ("陳大文", "9123 4567", "user supervisor")
    assert entry.ends_at == datetime(2099, 3, 31, 16, tzinfo=UTC), "the end of that day in Hong Kong"
    page = chief.get(answer.location).text
    assert "This is on the blocklist now." in page
    assert 'value="2099-03-31"' in page
    changed = chief.post(answer.location, name="陳大文", vehicle_plate="AB 1234", reason="x", ends_on="2099-03-31")
    assert changed.status_code == 303
    entry = gate.appliance.blocklist.get(entry.id)
    assert (entry.phone, entry.vehicle_plate, entry.reason) == ("", "AB 1234", "x")
    assert chief.post(f"{answer.location}/remove").location == "/panel/blocklist"
    assert "陳大文" not in chief.get("/panel/blocklist").text
    assert "陳大文" in chief.get("/panel/blocklist?state=ended").text
    assert "陳大文" in chief.get("/panel/blocklist?state=").text
    assert chief.ask(f"{answer.location}/remove").status_code == 409
    assert "Save" not in chief.get(answer.location).text


def test_an_end_at_another_hour_stays_when_the_day_does(chief: Guard, gate: TestGate, put: Put) -> None:
    ends_at = gate.appliance.clock.now() + timedelta(days=3)
    entry = put(phone="55507001", ends_at=ends_at)
    day = ends_at.astimezone(gate.appliance.settings.estate.zone).date().isoformat()
    chief.post(f"/panel/blocklist/{entry.id}", phone="55507002", reason="x", ends_on=day)
    assert gate.appliance.blocklist.get(entry.id).ends_at == ends_at
    chief.post(f"/panel/blocklist/{entry.id}", phone="55507002", reason="x", ends_on="")
    assert gate.appliance.blocklist.get(entry.id).ends_at is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "", "phone": ""}, "name"),
        ({"phone": "call me"}, "phone"),
        ({"reason": ""}, "reason"),
        ({"ends_on": "2020-01-01"}, "ends_at"),
        ({"ends_on": "9999-12-31"}, "ends_at"),
        ({"ends_on": "tomorrow"}, "ends_at"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(
    chief: Guard, put: Put, gate: TestGate, changes: dict[str, str], field: str
) -> None:
    entry = put(phone="55507009")
    fields = {"name": "Ho", "phone": "55507001", "reason": "x"} | changes
    before = gate.appliance.feed.last_seq
    for path in ("/panel/blocklist", f"/panel/blocklist/{entry.id}"):
        answer = chief.post(path, **fields)
        assert answer.status_code == 422, path
        assert f'id="{field}-problem"' in answer.text
        assert answer.text.count('aria-invalid="true"') == 1
    assert gate.appliance.feed.last_seq == before


def test_the_list_is_searched_and_turned(guard: Guard, put: Put) -> None:
    entries = [put(name=f"Pager {number}") for number in range(27)][::-1]
    first = guard.get("/panel/blocklist?q=Pager").text
    assert [one.id for one in entries if one.id in first] == [one.id for one in entries[:25]]
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = guard.get(older).text
    assert [one.id for one in entries if one.id in second] == [one.id for one in entries[25:]]
    assert "Nothing was found." in guard.get("/panel/blocklist?q=nobody").text
    for query in ("%27", "%00", "%F0%9F%99%82", "x" * 5000, "*", "x&state=none&before=soon", f"x&before={'9' * 40}"):
        assert guard.get(f"/panel/blocklist?q={query}").status_code == 200


def test_a_visit_fills_the_form_in_and_its_history_tells(chief: Guard, arrive: Arrive) -> None:
    visit = arrive("歐陽雪", phone="5550 7100", vehicle_plate="ZZ 71")
    link = f"/panel/blocklist/add?visit={visit.id}"
    assert link in chief.get(f"/panel/visits/{visit.id}").text
    form = chief.get(link).text
    for value in ("歐陽雪", "5550 7100", "ZZ 71", visit.id):
        assert f'value="{value}"' in form
    chief.post("/panel/blocklist", phone="5550 7100", reason="x", visit=visit.id)
    assert "Somebody put on the blocklist" in chief.get(f"/panel/visits/{visit.id}").text
    assert chief.get(f"/panel/blocklist/add?visit={'0' * 32}").status_code == 200


def test_a_guard_sees_why_somebody_waits_and_says_why_he_lets_him_in(
    guard: Guard, gate: TestGate, arrive: Arrive, put: Put
) -> None:
    entry = put(name="何文", phone="55507200", reason=HOSTILE)
    visit = arrive("何 文", VisitKind.DELIVERY, phone="+852 5550 7200", lane="in")
    for path in ("/panel/", "/panel/parts/people", f"/panel/visits/{visit.id}"):
        page = guard.get(path).text
        assert "On the blocklist" in page, path
        assert "The same: Name · Telephone" in page
        assert "&lt;script&gt;alert" in page
        assert HOSTILE not in page
        assert f"/panel/blocklist/{entry.id}" in page
    assert "Visitor on the blocklist waits for your decision" in guard.get("/panel/").text
    refused = guard.ask(f"/panel/visits/{visit.id}/approve", reason=" ")
    assert (refused.status_code, refused.json["message"]) == (
        409, "This visitor is on the blocklist. Letting them in needs a reason.",
    )  # fmt: skip
    pulses = len(gate.relay().pulses)
    assert guard.ask(f"/panel/visits/{visit.id}/approve", reason="fetches a child").status_code == 200
    gate.wait_for_pulses(pulses + 1)
    page = guard.get(f"/panel/visits/{visit.id}").text
    assert page.count("fetches a child") == 2, "with the visit and in its history"
    (approved,) = gate.entries("visit.approved", visit=visit.id)
    assert approved.payload["blocklist"] == entry.id
    assert "fetches" not in str(dict(approved.payload))


def test_turning_somebody_listed_away_is_one_tap(guard: Guard, gate: TestGate, arrive: Arrive, put: Put) -> None:
    put(vehicle_plate="AB 7300")
    visit = arrive("何文", vehicle_plate="ab7300")
    assert guard.ask(f"/panel/visits/{visit.id}/refuse").status_code == 200
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.REFUSED


def test_a_namesake_is_told_to_be_perhaps_one(guard: Guard, arrive: Arrive, put: Put) -> None:
    put(name="何文", phone="55507400")
    visit = arrive("何文", phone="61112222")
    page = guard.get(f"/panel/visits/{visit.id}").text
    assert "Perhaps on the blocklist" in page
    assert "It may be somebody else of that name." in page


def test_who_may_not_read_the_list_sees_no_reason(app: Flask, arrive: Arrive, put: Put) -> None:
    put(phone="55507500", reason="stole a bicycle")
    visit, clerk = arrive(phone="55507500"), Guard(app)
    clerk.log_in("clerk")
    for path in ("/panel/", f"/panel/visits/{visit.id}"):
        assert "stole a bicycle" not in clerk.get(path).text


def test_an_entry_that_has_ended_since_is_told_to_have(guard: Guard, gate: TestGate, arrive: Arrive, put: Put) -> None:
    entry = put(phone="55507600")
    visit = arrive(phone="55507600")
    gate.appliance.blocklist.remove(entry.id, actor="user chief")
    page = guard.get(f"/panel/visits/{visit.id}").text
    assert "has ended since" in page
    assert guard.ask(f"/panel/visits/{visit.id}/approve").status_code == 409, (
        "it was held up, and somebody says why not"
    )


def test_a_guard_who_signs_in_is_told_and_asked_why(guard: Guard, gate: TestGate, put: Put) -> None:
    put(phone="55507700", reason="stole a bicycle")
    fields = {"kind": "delivery", "unit": "1-A-1-A", "visitor_name": "何文", "phone": "5550 7700", "lane": "in"}
    before = gate.appliance.feed.last_seq
    answer = guard.post("/panel/sign-in", **fields)
    assert answer.status_code == 409
    assert "stole a bicycle" in answer.text
    assert 'value="何文"' in answer.text
    assert 'name="reason"' in answer.text
    assert gate.appliance.feed.last_seq == before
    answer = guard.post("/panel/sign-in", **fields, reason="only to sign a paper")
    visit = gate.appliance.visit_queries.get(answer.location.rsplit("/", 1)[1])
    assert (visit.state, visit.reason) == (VisitState.SIGNED_IN, "only to sign a paper")
    assert 'name="reason"' not in guard.get("/panel/sign-in").text
