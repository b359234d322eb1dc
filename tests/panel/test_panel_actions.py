"""What a guard does at the panel, and what the gate does about it."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from html import escape

import pytest
from flask import Flask
from PIL import Image

from hardware.interfaces import GateInput
from hardware.supervisor import DeviceCondition
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource, VisitState
from tests.panel.guard import Guard
from tests.support.appliance import TestGate, wait_for

Arrive = Callable[..., Visit]
HOSTILE = "<script>alert('x')</script>\"'&amp; \u202e\u6587\u5927\u9673 🙂"


def now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def picture() -> bytes:
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 48), "#87a").save(jpeg, "JPEG")
    return jpeg.getvalue()


# --- lanes ---


def test_a_lane_opens_on_the_guards_word(guard: Guard, gate: TestGate) -> None:
    before, pulses = gate.appliance.feed.last_seq, len(gate.relay().pulses)
    answer = guard.ask("/panel/lanes/in/open", reason=" Resident  without card ", issued_at=str(now_ms()))
    assert answer.status_code == 200
    assert answer.json == {"message": "The lane is open."}
    gate.wait_for_pulses(pulses + 1)
    entry = gate.wait_for_entry("gate.commanded", before)
    assert (entry.actor, entry.payload["reason"]) == ("user guard", "Resident without card")


def test_a_plain_form_opens_a_lane_too(guard: Guard, gate: TestGate) -> None:
    pulses = len(gate.relay("out").pulses)
    answer = guard.post("/panel/lanes/out/open", reason="Ambulance")
    assert (answer.status_code, answer.location) == (303, "/panel/")
    gate.wait_for_pulses(pulses + 1, "out")
    assert "The lane is open." in guard.get("/panel/").text


@pytest.mark.parametrize("age_ms", [5_001, 60_000, 10**12])
def test_an_order_that_comes_late_opens_nothing(guard: Guard, gate: TestGate, age_ms: int) -> None:
    before, pulses = gate.appliance.feed.last_seq, gate.relay().pulses
    answer = guard.ask("/panel/lanes/in/open", reason="Resident", issued_at=str(now_ms() - age_ms))
    assert answer.status_code == 409
    assert "too late" in answer.json["message"]
    assert gate.wait_for_entry("gate.late", before).actor == "user guard"
    assert gate.relay().pulses == pulses


def test_a_press_in_the_future_or_of_no_time_counts_from_its_arrival(guard: Guard, gate: TestGate) -> None:
    for issued_at in (str(now_ms() + 3_600_000), "soon", "", "-1", "9" * 40):
        pulses = len(gate.relay().pulses)
        assert guard.ask("/panel/lanes/in/open", reason="Resident", issued_at=issued_at).status_code == 200
        gate.wait_for_pulses(pulses + 1)


@pytest.mark.parametrize("reason", ["", "  \t ", "x" * 201])
def test_a_lane_needs_a_reason(guard: Guard, gate: TestGate, reason: str) -> None:
    before = gate.appliance.feed.last_seq
    assert guard.ask("/panel/lanes/in/open", reason=reason).status_code == 422
    assert guard.post("/panel/lanes/in/open", reason=reason).status_code == 422
    assert gate.appliance.feed.last_seq == before


def test_there_is_no_other_lane(guard: Guard) -> None:
    assert guard.ask("/panel/lanes/roof/open", reason="Resident").status_code == 404
    assert guard.get("/panel/lanes/roof/picture.jpg").status_code == 404


def test_a_relay_that_is_gone_is_told(guard: Guard, gate: TestGate) -> None:
    gate.relay("out").unplug()
    gate.wait_for_condition("out.relay", DeviceCondition.FAULT)
    try:
        answer = guard.ask("/panel/lanes/out/open", reason="Resident")
        assert answer.status_code == 503
        assert "did not open" in answer.json["message"]
        shown = guard.get("/panel/devices").text
        assert "Not working" in shown
        assert "Barrier relay (out)" in guard.get("/panel/parts/alerts").text
    finally:
        gate.relay("out").replug()
        gate.wait_for_condition("out.relay", DeviceCondition.READY)


def test_the_camera_shows_its_lane(guard: Guard, gate: TestGate) -> None:
    wait_for(gate.appliance.cameras["in"].latest)
    answer = guard.get("/panel/lanes/in/picture.jpg")
    assert answer.mimetype == "image/jpeg"
    assert answer.data.startswith(b"\xff\xd8")
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_input_that_is_on_is_seen(guard: Guard, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    gate.inputs().set(GateInput.LOOP, True)
    try:
        gate.wait_for_entry("input.changed", before, input="loop")
        assert "Vehicle detector" in guard.get("/panel/parts/lanes").text
        assert "A vehicle stands in the lane" in guard.get("/panel/").text
    finally:
        gate.inputs().set(GateInput.LOOP, False)


# --- approving ---


def test_a_waiting_visitor_is_let_in(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    visit = arrive("王小明", VisitKind.CONTRACTOR, lane="in")
    pulses = len(gate.relay().pulses)
    assert "王小明" in guard.get("/panel/parts/people").text
    answer = guard.ask(f"/panel/visits/{visit.id}/approve")
    assert answer.json == {"message": f"{visit.number} is let in."}
    gate.wait_for_pulses(pulses + 1)
    visit = gate.appliance.visit_queries.get(visit.id)
    assert (visit.state, visit.decided_by) == (VisitState.SIGNED_IN, "user guard")


def test_a_waiting_visitor_is_turned_away(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    visit = arrive(kind=VisitKind.CONTRACTOR)
    assert guard.ask(f"/panel/visits/{visit.id}/refuse").status_code == 422
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.WAITING
    assert guard.post(f"/panel/visits/{visit.id}/refuse", reason="Not expected").location == "/panel/"
    visit = gate.appliance.visit_queries.get(visit.id)
    assert (visit.state, visit.reason) == (VisitState.REFUSED, "Not expected")
    shown = guard.get(f"/panel/visits/{visit.id}").text
    assert "Not expected" in shown
    assert "/approve" not in shown


def test_of_two_guards_one_wins(app: Flask, gate: TestGate, arrive: Arrive) -> None:
    visit = arrive(kind=VisitKind.CONTRACTOR)
    guards = [Guard(app), Guard(app)]
    for one, name in zip(guards, ("guard", "supervisor"), strict=True):
        one.log_in(name)
    tokens = [one.token() for one in guards]

    def press(number: int) -> tuple[int, str]:
        action = ("approve", "refuse")[number]
        answer = guards[number].client.post(
            f"/panel/visits/{visit.id}/{action}",
            data={"csrf_token": tokens[number], "reason": "Not expected"},
            headers={"X-Requested-With": "panel", "Accept-Language": "en"},
        )
        return answer.status_code, answer.json["message"]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, range(2)))
    assert sorted(status for status, _message in answers) == [200, 409]
    loser = next(message for status, message in answers if status == 409)
    assert loser.endswith("Somebody was faster.")
    entries = gate.entries("visit.approved", visit=visit.id) + gate.entries("visit.refused", visit=visit.id)
    assert len(entries) == 1


def test_a_plain_form_that_lost_gets_a_page_with_a_way_back(guard: Guard, arrive: Arrive) -> None:
    visit = arrive(kind=VisitKind.CONTRACTOR)
    guard.post(f"/panel/visits/{visit.id}/approve")
    answer = guard.post(f"/panel/visits/{visit.id}/approve", back="/panel/visits?q=1")
    assert answer.status_code == 409
    assert "Somebody was faster." in answer.text
    assert 'href="/panel/visits?q=1"' in answer.text


@pytest.mark.parametrize("action", ["approve", "refuse", "sign-out", "reprint"])
def test_a_visit_that_is_not_there(guard: Guard, action: str) -> None:
    assert guard.ask(f"/panel/visits/{'0' * 32}/{action}", reason="x").status_code == 404
    assert guard.get(f"/panel/visits/{'0' * 32}").status_code == 404


# --- signing in and out ---


def test_a_visitor_is_signed_in_by_the_guard(guard: Guard, gate: TestGate) -> None:
    pulses = len(gate.relay().pulses)
    wait_for(gate.appliance.cameras["in"].latest)
    answer = guard.post(
        "/panel/sign-in", kind="contractor", unit=" 2-C-12-A ", visitor_name="何嘉欣", phone="6123 4567",
        companions="2", vehicle_plate="XY 888", purpose="升降機保養", photo_from="in", lane="in",
    )  # fmt: skip
    assert answer.status_code == 303
    visit = gate.appliance.visit_queries.get(answer.location.rsplit("/", 1)[1])
    assert (visit.state, visit.source, visit.decided_by) == (VisitState.SIGNED_IN, VisitSource.PANEL, "user guard")
    assert (visit.visitor_name, visit.unit, visit.companions, visit.lane) == ("何嘉欣", "2-C-12-A", 2, "in")
    gate.wait_for_pulses(pulses + 1)
    shown = guard.get(answer.location).text
    assert f"{visit.number} is signed in." in shown
    assert f"/panel/photos/{visit.photo_id}.jpg" in shown


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visitor_name": " "}, "visitor_name"),
        ({"visitor_name": "x" * 81}, "visitor_name"),
        ({"unit": "9-Z-9-9"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"phone": "call me"}, "phone"),
        ({"companions": "many"}, "companions"),
        ({"companions": "51"}, "companions"),
        ({"companions": "-1"}, "companions"),
        ({"purpose": ""}, "purpose"),
        ({"lane": "roof"}, "lane"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(
    guard: Guard, gate: TestGate, changes: dict[str, str], field: str
) -> None:
    before = gate.appliance.feed.last_seq
    fields = {"kind": "contractor", "unit": "1-A-1-A", "visitor_name": "Ho", "phone": "6123 4567", "purpose": "lift"}
    answer = guard.post("/panel/sign-in", **(fields | changes))
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert gate.appliance.feed.last_seq == before


def test_a_kind_asks_at_the_panel_what_the_settings_say(guard: Guard) -> None:
    delivery = guard.get("/panel/sign-in?kind=delivery").text
    assert 'name="purpose"' not in delivery
    assert 'name="photo_from"' not in delivery
    assert 'name="purpose"' in guard.get("/panel/sign-in?kind=contractor").text
    assert guard.get("/panel/sign-in?kind=burglar").status_code == 200


def test_a_field_that_was_not_asked_for_is_not_kept(guard: Guard, gate: TestGate) -> None:
    answer = guard.post("/panel/sign-in", kind="delivery", unit="1-A-1-A", visitor_name="Courier", purpose="spying")
    assert gate.appliance.visit_queries.get(answer.location.rsplit("/", 1)[1]).purpose == ""


def test_a_visitor_is_signed_out_once(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    visit, pulses = arrive(), len(gate.relay("out").pulses)
    assert guard.ask(f"/panel/visits/{visit.id}/sign-out", lane="roof").status_code == 404
    assert guard.post(f"/panel/visits/{visit.id}/sign-out", lane="out").location == f"/panel/visits/{visit.id}"
    gate.wait_for_pulses(pulses + 1, "out")
    answer = guard.ask(f"/panel/visits/{visit.id}/sign-out", lane="out")
    assert answer.status_code == 409
    assert len(gate.entries("visit.signed_out", visit=visit.id)) == 1


def test_a_visitor_card_is_lent_once(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    card = gate.appliance.cards.add(
        actor="user clerk", uid="04A1B2C3D4E5F6", holder="Visitor card 1", unit="1-A-1-A", for_visits=True
    )
    page = f"/panel/visits/{arrive().id}"
    assert "Visitor card 1" in guard.get(page).text
    assert guard.post(f"{page}/lend-card", card=card.id).location == page
    assert gate.entries("visit.card_lent", card=card.id)
    assert "lend-card" not in guard.get(page).text
    assert guard.ask(f"{page}/lend-card", card=card.id).status_code == 409


# --- finding ---


def test_a_visit_is_found_by_whatever_is_known(guard: Guard, gate: TestGate) -> None:
    new = NewVisit(VisitKind.GUEST, "2-C-12-B", "歐陽雪", phone="+852 5555 6666", vehicle_plate="ZZ 9876")
    visit = gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="lane in", lane=None).visit
    for query in ("雪", "歐陽", "6666", "55556666", "zz9876", "ZZ 98", "2-c-12-b", visit.number):
        found = guard.client.get("/panel/visits", query_string={"q": query}, headers=guard.headers).text
        assert f"/panel/visits/{visit.id}" in found, query
    missed = guard.client.get("/panel/visits", query_string={"q": "雨"}, headers=guard.headers).text
    assert f"/panel/visits/{visit.id}" not in missed


def test_a_long_list_is_turned_page_by_page(guard: Guard, arrive: Arrive) -> None:
    ids = [arrive("Pager Page").id for _ in range(27)][::-1]
    first = guard.get("/panel/visits?q=Pager&state=signed_in").text
    assert [one for one in ids if one in first] == ids[:25]
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = guard.get(older).text
    assert [one for one in ids if one in second] == ids[25:]
    assert 'rel="next"' not in second
    assert "Nothing was found." in guard.get("/panel/visits?q=Pager&state=refused").text


@pytest.mark.parametrize("query", ['"', "*", "' OR 1=1 --", "%", "\x00", "x" * 5000, "&state=nonsense&before=x", "🙂"])
def test_no_search_breaks_the_page(guard: Guard, query: str) -> None:
    assert guard.client.get("/panel/visits", query_string={"q": query}, headers=guard.headers).status_code == 200
    assert guard.get("/panel/visits?state=nonsense&before=soon").status_code == 200
    assert guard.get(f"/panel/visits?before={'9' * 40}").status_code == 200


def test_hostile_names_are_shown_and_nothing_else(guard: Guard, arrive: Arrive) -> None:
    waiting = arrive(HOSTILE, VisitKind.CONTRACTOR, purpose=HOSTILE)
    pages = ["/panel/", "/panel/parts/people", "/panel/visits?q=alert", f"/panel/visits/{waiting.id}"]
    for path in pages:
        page = guard.get(path).text
        assert "<script>alert" not in page, path
        assert escape(HOSTILE, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page, path
    answer = guard.ask(f"/panel/visits/{waiting.id}/refuse", reason=HOSTILE)
    assert answer.status_code == 200
    assert "<script>alert" not in guard.get(f"/panel/visits/{waiting.id}").text


# --- one visit ---


def test_a_visits_page_tells_its_history(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    visit = arrive("History", VisitKind.CONTRACTOR)
    guard.ask(f"/panel/visits/{visit.id}/approve")
    gate.wait_for_entry("receipt.printed", visit=visit.id)
    guard.ask(f"/panel/visits/{visit.id}/sign-out")
    history = guard.get(f"/panel/visits/{visit.id}").text.split('class="lines plain"')[1]
    told = [
        "Visitor waits for approval",
        "Visit approved",
        "Visitor signed in",
        "Receipt printed",
        "Visitor signed out",
    ]
    assert sorted(told, key=history.index) == told


def test_a_photo_is_shown_to_who_may_watch(guard: Guard, stranger: Guard, arrive: Arrive) -> None:
    visit = arrive(photo=picture())
    path = f"/panel/photos/{visit.photo_id}.jpg"
    answer = guard.get(path)
    assert answer.data == picture()
    assert "no-store" in answer.headers["Cache-Control"]
    assert stranger.get(path, Accept="image/*").status_code == 401
    assert guard.get("/panel/photos/nothing.jpg").status_code == 404
