"""Silent alarms: no screen at the gate changes by one, whoever is logged in; supervisors find them on one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from kiosk.domain.alarms import SILENT, AlarmKind, AlarmState
from kiosk.domain.roles import Role
from kiosk.domain.visits import Visit
from kiosk.services.alarms import raise_within
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate

Arrive = Callable[..., Visit]
ABOVE = {Role.SUPERVISOR, Role.ADMIN}
PAGES = (
    "/panel/", "/panel/visits", "/panel/sign-in", "/panel/devices", "/panel/alarms",
    "/panel/parts/alarms", "/panel/parts/alarms?all=1", "/panel/parts/alerts", "/panel/parts/people",
    "/panel/parts/lanes",
)  # fmt: skip
CHANGING = re.compile(r'(name="csrf-token" content=|name="csrf_token" value=|data-server-ms=|data-after=)"[^"]*"')


@pytest.fixture
def duress(gate: TestGate) -> Iterator[Callable[..., str]]:
    """Raises an alarm as a card for duress does."""

    def duress(**subject: str) -> str:
        with gate.appliance.store.write() as transaction:
            return raise_within(transaction, AlarmKind.DURESS, "in", **subject)

    yield duress
    for alarm in gate.appliance.alarms.open(200, with_silent=True):
        gate.appliance.alarms.acknowledge(alarm.id, actor="user test", note="tidied up", with_silent=True)


def person(app: Flask, role: Role) -> Guard:
    guard = Guard(app)
    guard.log_in(role.value)
    return guard


def screens(guard: Guard, *pages: str) -> dict[str, str]:
    """What pages show, without the tokens and the clock of the moment."""
    return {page: CHANGING.sub("", guard.get(page).text) for page in pages}


@pytest.mark.parametrize("role", list(Role))
def test_no_page_changes_but_the_supervisors_alarms(app: Flask, role: Role, duress: Callable[..., str]) -> None:
    looking = person(app, role)
    before = screens(looking, *PAGES)
    alarm_id = duress()
    after = screens(looking, *PAGES)
    changed = {page for page in PAGES if before[page] != after[page]}
    assert changed == ({"/panel/alarms", "/panel/parts/alarms?all=1"} if role in ABOVE else set())
    for page in changed:
        assert f'id="alarm-{alarm_id}"' in after[page]
        assert "Opened under duress" in after[page]
        assert "data-alarm=" not in after[page], "it would be heard"
        assert '<span class="count some">' not in after[page]


def test_a_supervisor_reads_whose_card_it_was(app: Flask, gate: TestGate, duress: Callable[..., str]) -> None:
    card = gate.appliance.cards.add(actor="user clerk", uid="0A0B0C0D", holder="黃志強", unit="1-A-1-A")
    duress(card=card.id)
    assert "黃志強" in person(app, Role.SUPERVISOR).get("/panel/alarms").text
    assert "黃志強" not in person(app, Role.GUARD).get("/panel/alarms").text


def test_the_feed_passes_it_over(gate: TestGate, duress: Callable[..., str]) -> None:
    view = gate.appliance.feed_view
    before = view.latest(60)
    alarm_id = duress()
    gate.appliance.alarms.acknowledge(alarm_id, actor="user supervisor", note="police came", with_silent=True)
    after = view.latest(60)
    assert after.items == before.items
    assert after.last_seq == before.last_seq + 2
    passed = view.after(before.last_seq, 100)
    assert (passed.items, passed.last_seq) == ([], after.last_seq)


def test_a_visits_history_passes_it_over(
    guard: Guard, gate: TestGate, arrive: Arrive, duress: Callable[..., str]
) -> None:
    visit = arrive()
    gate.wait_for_entry("receipt.printed", visit=visit.id)
    before = screens(guard, f"/panel/visits/{visit.id}")
    duress(visit=visit.id)
    assert screens(guard, f"/panel/visits/{visit.id}") == before


@pytest.mark.parametrize("role", STAFF)
def test_only_who_may_see_one_sees_to_it_and_finds_it_afterwards(
    app: Flask, gate: TestGate, role: Role, duress: Callable[..., str]
) -> None:
    alarm_id = duress()
    answer = person(app, role).ask(f"/panel/alarms/{alarm_id}/acknowledge", note="police came")
    assert answer.status_code == (200 if role in ABOVE else 403 if role in {Role.CLERK, Role.FRONT_DESK} else 404)
    if role is Role.GUARD:
        unknown = person(app, role).ask(f"/panel/alarms/{'0' * 32}/acknowledge", note="police came")
        assert answer.data == unknown.data
    if role not in ABOVE:
        gate.appliance.alarms.acknowledge(alarm_id, actor="user admin", note="police came", with_silent=True)
    past = person(app, role).get("/panel/alarms").text
    assert ("Opened under duress" in past) is (role in ABOVE)


def test_neither_the_touchscreen_nor_the_simulator_says_anything(
    app: Flask, gate: TestGate, duress: Callable[..., str]
) -> None:
    client, after = app.test_client(), gate.appliance.feed.last_seq
    pages = {path: client.get(path).text for path in ("/simulator/", "/about", "/")}
    duress()
    scene = client.get(f"/simulator/scene?after={after}").get_json()
    assert scene["said"] == []
    changing = re.compile(f'{CHANGING.pattern}|(data-seq="|after=)\\d+"')
    for path, before in pages.items():
        assert changing.sub("", client.get(path).text) == changing.sub("", before)


def test_health_counts_entries_and_nothing_more(app: Flask, duress: Callable[..., str]) -> None:
    client = app.test_client()

    def told() -> tuple[object, str]:
        health = client.get("/healthz").get_json()
        health.pop("journal_seq")
        return health, re.sub(r"gatehouse_journal_seq \d+", "", client.get("/metrics").text)

    before = told()
    duress()
    assert told() == before


def test_it_counts_for_those_who_ask_for_it_alone(gate: TestGate, duress: Callable[..., str]) -> None:
    alarms = gate.appliance.alarms
    alarm_id = duress()
    assert {AlarmKind.DURESS} == SILENT
    assert (alarms.count_open(), alarms.count_open(with_silent=True)) == (0, 1)
    assert (alarms.open(10), [alarm.id for alarm in alarms.open(10, with_silent=True)]) == ([], [alarm_id])
    assert alarms.page(AlarmState.OPEN, None, 10).items == []
