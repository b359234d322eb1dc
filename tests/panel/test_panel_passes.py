"""Passes at the panel: found, issued by a form for each kind, shown to those who may hand them out, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from hardware import factory
from hardware.interfaces import DeviceKind, QrDecoder
from hardware.pictures import read_gray
from kiosk.domain.passes import PassKind, PassStanding, midnight_after
from kiosk.domain.roles import Role
from kiosk.domain.weekly_hours import lines_of, profile_from_lines
from kiosk.services.pass_queries import PassRecord
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate
from web.panel.passes import PAGE_LENGTH

UNIT = "1-A-1-A"
MANAGERS = {Role.FRONT_DESK, Role.SUPERVISOR, Role.ADMIN}
Issue = Callable[..., str]


@pytest.fixture
def desk(app: Flask) -> Guard:
    """Somebody at the front desk."""
    desk = Guard(app)
    assert desk.log_in(Role.FRONT_DESK.value).status_code == 303
    return desk


@pytest.fixture
def issue(gate: TestGate) -> Issue:
    def issue(holder: str = "陳大文", **terms: object) -> str:
        now = gate.appliance.clock.now()
        plain = {"not_before": now, "not_after": now + timedelta(days=2), "uses": 1, "lanes": None, "unit": UNIT}
        return gate.appliance.passes.issue(actor="user frontdesk", holder=holder, **(plain | terms)).id  # type: ignore[arg-type]  # the terms of one kind

    return issue


def day(gate: TestGate, days: int) -> str:
    local = gate.appliance.clock.now().astimezone(gate.appliance.settings.estate.zone)
    return (local + timedelta(days=days)).date().isoformat()


def issued_by(desk: Guard, gate: TestGate, **fields: str) -> PassRecord:
    """Send the form and read the pass it led to."""
    answer = desk.post("/panel/passes/new", unit=UNIT, holder="王小明", **fields)
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/panel/passes/([0-9a-f]{32})", answer.location)
    assert found
    return gate.appliance.pass_queries.get(found[1])


# --- the forms ---


def test_a_single_pass_by_the_form(desk: Guard, gate: TestGate) -> None:
    begins, ends = f"{day(gate, 1)}T09:00", f"{day(gate, 3)}T21:30"
    record = issued_by(desk, gate, kind="single", not_before=begins, not_after=ends)
    zone = gate.appliance.settings.estate.zone
    claims = record.claims
    assert (claims.kind, claims.max_uses, claims.lanes, record.holder) == (PassKind.SINGLE, 1, None, "王小明")
    assert claims.not_before.astimezone(zone).strftime("%Y-%m-%dT%H:%M") == begins
    assert claims.not_after.astimezone(zone).strftime("%Y-%m-%dT%H:%M") == ends
    entry = gate.entries("pass.issued", **{"pass": record.id})[0]
    assert entry.actor == "user frontdesk"


def test_a_day_pass_by_the_form(desk: Guard, gate: TestGate) -> None:
    claims = issued_by(desk, gate, kind="day", not_before=day(gate, 0), uses="7", not_after="2000-01-01").claims
    assert (claims.kind, claims.max_uses) == (PassKind.DAY, None)
    now, zone = gate.appliance.clock.now(), gate.appliance.settings.estate.zone
    assert claims.not_after == midnight_after(now, zone)
    assert claims.not_before <= now


def test_a_pass_for_several_entries_and_one_lane(desk: Guard, gate: TestGate) -> None:
    claims = issued_by(
        desk, gate, kind="multi", not_before=f"{day(gate, 0)}T00:00", not_after=f"{day(gate, 9)}T00:00", uses="12",
        lanes="in",
    ).claims  # fmt: skip
    assert (claims.kind, claims.max_uses, claims.lanes) == (PassKind.MULTI, 12, frozenset({"in"}))


def test_a_helpers_pass_by_the_form(desk: Guard, gate: TestGate) -> None:
    hours = {"from_1": "14:00", "to_1": "00:00", "from_3": "09:00", "to_3": "12:00"}
    answer = desk.client.post(
        "/panel/passes/new",
        data={
            "csrf_token": desk.token(), "unit": UNIT, "holder": "Maria", "kind": "recurring", "uses": "",
            "not_before": day(gate, 0), "not_after": day(gate, 30), "day": ["fri", "mon"], "lanes": ["in", "out"],
            **hours,
        },
        headers=desk.headers,
    )  # fmt: skip
    claims = gate.appliance.pass_queries.get(answer.location.rsplit("/", 1)[1]).claims
    assert claims.weekly is not None
    assert lines_of(claims.weekly) == ["mon,fri 09:00-12:00,14:00-24:00"]
    assert (claims.kind, claims.max_uses, claims.lanes) == (PassKind.RECURRING, None, None)
    # The last day is meant to its end.
    end = claims.not_after.astimezone(gate.appliance.settings.estate.zone)
    assert (end.date().isoformat(), end.hour) == (day(gate, 31), 0)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"unit": "nowhere"}, "There is no such unit."),
        ({"holder": " "}, "Please fill this in."),
        ({"holder": "x" * 81}, "too long"),
        ({"not_before": "soon"}, "Please fill this in."),
        ({"not_after": ""}, "Please fill this in."),
        ({"not_after": "2020-01-01T00:00", "not_before": "2019-12-01T00:00"}, "This time has passed already."),
        ({"not_after": "2098-01-01T00:00"}, "a pass lasts a year at most"),
        ({"kind": "day", "not_before": "2020-01-01"}, "This time has passed already."),
        ({"kind": "multi", "uses": ""}, "Please fill this in."),
        ({"kind": "multi", "uses": "1"}, "outside what is possible"),
        ({"kind": "multi", "uses": "many"}, "outside what is possible"),
        ({"kind": "recurring", "not_before": "2026-01-01"}, "Please fill this in."),
        ({"kind": "recurring", "day": "mon", "from_1": "12:00", "to_1": "09:00"}, "begin before they end"),
        ({"kind": "recurring", "day": "mon", "from_1": "9", "to_1": "12:00"}, "begin before they end"),
        ({"kind": "recurring", "day": "mon", "from_1": "09:00", "to_1": ""}, "begin before they end"),
        (
            {
                "kind": "recurring", "day": "mon", "from_1": "09:00", "to_1": "12:00", "not_before": "2098-01-07",
                "not_after": "2098-01-08",
            },
            "None of these hours lies between the two dates.",
        ),
        ({"lanes": "roof"}, "There is no such lane."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field_and_the_rest_is_kept(
    desk: Guard, gate: TestGate, fields: dict[str, str], sentence: str
) -> None:
    before = len(gate.entries("pass.issued"))
    typed = {"holder": "Kept & safe", "kind": "single", "unit": UNIT}
    times = {"not_before": f"{day(gate, 0)}T00:00", "not_after": f"{day(gate, 1)}T00:00"}
    answer = desk.post("/panel/passes/new", **(typed | times | fields))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert ("Kept &amp; safe" in answer.text) is ("holder" not in fields)
    assert len(gate.entries("pass.issued")) == before


@pytest.mark.parametrize("kind", ["single", "day", "recurring", "multi", "visit", "nonsense"])
def test_each_kind_has_its_form(desk: Guard, kind: str) -> None:
    page = desk.get(f"/panel/passes/new?kind={kind}").text
    assert ('name="day"' in page) is (kind == "recurring")
    assert ('name="not_after"' in page) is (kind != "day")
    assert ('name="uses"' in page) is (kind in {"recurring", "multi"})


# --- lists and pages ---


def test_a_pass_is_found_by_holder_unit_and_id(guard: Guard, issue: Issue) -> None:
    wanted, other = issue("歐陽詠欣", unit="2-C-12-B"), issue("司徒文", unit="1-B-1-A")
    for query in ("詠欣", "2-c-12-b", wanted):
        page = guard.get(f"/panel/passes?q={query}").text
        assert f"/panel/passes/{wanted}" in page, query
        assert other not in page, query
    assert "Nothing was found." in guard.get("/panel/passes?q=nobody").text
    assert guard.get("/panel/passes?state=nonsense&before=nonsense").status_code == 200


def test_a_list_is_narrowed_and_goes_on(guard: Guard, gate: TestGate, issue: Issue) -> None:
    passes = [issue("慕容", unit="2-C-12-A") for _ in range(PAGE_LENGTH + 1)]
    gate.appliance.passes.revoke(passes[3], actor="user frontdesk")
    first = guard.get("/panel/passes?q=慕容").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = guard.get(older[1].replace("&amp;", "&")).text
    assert (passes[0] in first, passes[0] in second, passes[-1] in first) == (False, True, True)
    revoked = guard.get("/panel/passes?q=慕容&state=revoked").text
    assert [pass_id for pass_id in passes if pass_id in revoked] == [passes[3]]


@pytest.mark.parametrize("role", STAFF)
def test_who_sees_the_code_and_who_may_revoke(app: Flask, issue: Issue, role: Role) -> None:
    person, pass_id = Guard(app), issue()
    person.log_in(role.value)
    page = person.get(f"/panel/passes/{pass_id}").text
    assert "陳大文" in page
    is_manager = role in MANAGERS
    assert (f"/panel/passes/{pass_id}/code.svg" in page) is is_manager
    assert (f"/panel/passes/{pass_id}/revoke" in page) is is_manager
    assert ("/panel/passes/new" in person.get("/panel/passes").text) is is_manager
    assert person.get(f"/panel/passes/{pass_id}/code.png").status_code == (200 if is_manager else 403)


def test_the_codes_are_the_pass(desk: Guard, gate: TestGate, issue: Issue) -> None:
    pass_id = issue()
    token = gate.appliance.pass_queries.get(pass_id).token
    picture = desk.get(f"/panel/passes/{pass_id}/code.png")
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/png", "no-store")
    assert picture.headers["Content-Disposition"] == f'attachment; filename="pass-{pass_id[:8]}.png"'
    decoder = factory.build(DeviceKind.DECODER, "zxing", {})
    assert isinstance(decoder, QrDecoder)
    with decoder:
        assert [code.text for code in decoder.decode(read_gray(picture.data, most_side_px=4096))] == [token]
    drawing = desk.get(f"/panel/passes/{pass_id}/code.svg")
    assert (drawing.mimetype, b"#fff" in drawing.data) == ("image/svg+xml", True)
    assert token not in desk.get(f"/panel/passes/{pass_id}").text


def test_a_pass_is_revoked_once(desk: Guard, gate: TestGate, issue: Issue) -> None:
    pass_id = issue()
    answer = desk.post(f"/panel/passes/{pass_id}/revoke", back=f"/panel/passes/{pass_id}")
    assert (answer.status_code, answer.location) == (303, f"/panel/passes/{pass_id}")
    assert gate.appliance.pass_queries.get(pass_id).standing is PassStanding.REVOKED
    page = desk.get(f"/panel/passes/{pass_id}").text
    assert "Pass revoked" in page
    assert "Revoke for good" not in page
    assert "code.png" not in page
    assert desk.ask(f"/panel/passes/{pass_id}/revoke").json == {"message": "This pass is revoked already."}


def test_a_page_tells_the_terms_and_what_happened(desk: Guard, gate: TestGate, issue: Issue) -> None:
    weekly = profile_from_lines(["mon-sun 00:00-24:00"])
    pass_id = issue("Maria <b>", kind=PassKind.RECURRING, uses=None, weekly=weekly, lanes=frozenset({"in"}))
    gate.hold_up(gate.appliance.pass_queries.get(pass_id).token)
    entry = gate.wait_for_entry("access.granted", **{"pass": pass_id})
    page = desk.get(f"/panel/passes/{pass_id}").text
    assert "Maria &lt;b&gt;" in page
    assert "Mon, Tue, Wed, Thu, Fri, Sat, Sun 00:00–24:00" in page
    assert "Pass issued" in page
    assert f"/panel/visits/{entry.payload['visit']}" in page


def test_a_day_ends_at_twenty_four_hours(desk: Guard, gate: TestGate, issue: Issue) -> None:
    pass_id = issue("李小明", kind=PassKind.DAY, uses=None, not_after=None)
    assert f"{day(gate, 0)} 24:00" in desk.get(f"/panel/passes/{pass_id}").text
