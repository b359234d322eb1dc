"""Taking a turn at the touchscreen over at the panel: one owner at a time, and what is registered is shown there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.goods import GoodsState
from kiosk.domain.visits import VisitSource, VisitState
from tests.panel.guard import Guard
from tests.support.appliance import TestGate
from tests.support.visitor import Visitor, draft_count, visits
from web.turns import drafts
from web.turns.draft import Draft

WAIT = "The guard is going on with you. Please wait."
HERE = "Somebody is at the touchscreen"


@pytest.fixture
def visitor(app: Flask) -> Iterator[Visitor]:
    visitor = Visitor(app)
    visitor.send("/language", language="en")
    yield visitor
    visitor.see("/turn")
    with app.app_context():
        drafts().wipe_all()


def draft_of(app: Flask) -> Draft:
    with app.app_context():
        (draft,) = drafts().typed(0)
    return draft


def take(guard: Guard, app: Flask) -> str:
    """Take the one turn over; returns the address of its form."""
    answer = guard.post(f"/panel/turns/{draft_of(app).id}/take")
    assert answer.status_code == 303, answer.text
    return answer.location


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input(?=[^>]* name="{name}")[^>]* value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_the_shift_tells_where_somebody_stands_and_nothing_of_what_was_typed(guard: Guard, visitor: Visitor) -> None:
    assert HERE not in guard.get("/panel/").text
    visitor.begin("guest").go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="歐陽詠欣", phone="5550 1234")
    for page in ("/panel/", "/panel/parts/lanes"):
        told = guard.get(page).text
        assert HERE in told
        assert "Visit · More · begun at" in told
        assert "Take over" in told
        assert not any(secret in told for secret in ("歐陽", "5550", "2-C-12-A"))


def test_a_visit_taken_over_is_registered_as_if_it_were_typed_at_the_screen(
    app: Flask, gate: TestGate, guard: Guard, visitor: Visitor
) -> None:
    before = gate.appliance.feed.last_seq
    visitor.begin("contractor").go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="歐陽詠欣", phone="5550 1234")
    draft = draft_of(app)
    draft.typed.photo = b"\xff\xd8 a face"  # as the camera's page leaves it
    form = guard.get(take(guard, app)).text
    assert (value_of(form, "visitor_name"), value_of(form, "unit")) == ("歐陽詠欣", "2-C-12-A")
    assert guard.get(f"/panel/turns/{draft.id}/photo.jpg").data == b"\xff\xd8 a face"
    assert 'value="turn" checked' in form
    (entry,) = gate.entries("turn.taken", before)
    assert (entry.actor, dict(entry.payload)) == ("user guard", {"lane": "in", "way": "sign-in", "step": "more"})

    assert visitor.client.get("/fire").json["taken"] is True
    assert WAIT in visitor.see("/sign-in/summary").page
    assert WAIT in visitor.see("/").page

    fields = {
        "kind": "contractor",
        "turn": draft.id,
        "unit": "2-C-12-A",
        "visitor_name": "歐陽詠欣",
        "phone": "5550 1234",
    }
    assert guard.post("/panel/sign-in", **fields, lane="in", photo_from="turn").status_code == 422
    assert WAIT in visitor.see("/turn").page, "what cannot be registered yet is still the guard's"
    answer = guard.post("/panel/sign-in", **fields, purpose="lift", lane="in", photo_from="turn")
    assert answer.status_code == 303
    visit = visits(gate)[0]
    assert (visit.state, visit.source, visit.visitor_name) == (VisitState.SIGNED_IN, VisitSource.PANEL, "歐陽詠欣")
    assert gate.appliance.photos.jpeg(visit.photo_id or "") == b"\xff\xd8 a face"
    assert visitor.client.get("/fire").json["taken"] is False
    assert visitor.see("/turn").path == "/visit"
    assert visit.number in visitor.page
    assert "<svg" in visitor.page, "the code, as if it were typed here"
    gate.wait_for_entry("gate.opened", before)
    assert "The gate is open." in visitor.see("/visit").page


def test_while_the_guard_has_it_the_screen_changes_nothing(
    app: Flask, gate: TestGate, guard: Guard, visitor: Visitor
) -> None:
    visitor.to_summary()
    once, seen, draft = visitor.once, len(visits(gate)), draft_of(app)
    take(guard, app)
    for path, fields in (
        ("/sign-in/done", {"once": once}), ("/sign-in/about", {"visitor_name": "x"}), ("/leave", {}), ("/sign-in", {}),
        ("/sign-in/back", {"step": "summary"}), ("/sign-in/change", {"step": "kind"}),
        ("/language", {"language": "en"}), ("/sign-in/photo", {"do": "take"}), ("/collect", {}),
    ):  # fmt: skip
        answer = visitor.client.post(path, data={"csrf_token": visitor.token, **fields})
        assert (answer.status_code, answer.location) == (303, "/turn"), path
    visitor.client.post("/sign-in/done", data={"once": once})  # a form from before a restart
    for path in ("/sign-in/photo/preview.jpg", "/sign-in/photo/advice"):
        assert visitor.client.get(path).location == "/turn"
    assert draft_of(app) is draft
    assert (draft.typed.visitor_name, len(visits(gate))) == ("歐陽詠欣", seen)


def test_given_back_it_goes_on_where_it_was(app: Flask, gate: TestGate, guard: Guard, visitor: Visitor) -> None:
    visitor.to_summary()
    draft, address, before = draft_of(app), take(guard, app), gate.appliance.feed.last_seq
    assert guard.post(f"/panel/turns/{draft.id}/give-back").status_code == 303
    assert visitor.see("/turn").path == "/sign-in/summary"
    assert [entry.actor for entry in gate.entries("turn.given_back", before)] == ["user guard"]
    assert guard.get(address).status_code == 409, "the form is nobody's any more"
    fields = {"kind": "delivery", "unit": "2-C-12-A", "visitor_name": "x", "phone": "5550 1234", "vehicle_plate": "A 1"}
    assert guard.post("/panel/sign-in", turn=draft.id, **fields).status_code == 409
    assert visitor.send("/sign-in/done", once=visitor.once).path == "/visit"


def test_ended_by_the_guard_nothing_is_kept_and_the_screen_begins_anew(
    app: Flask, guard: Guard, visitor: Visitor
) -> None:
    visitor.to_summary()
    draft_id = draft_of(app).id
    take(guard, app)
    guard.post(f"/panel/turns/{draft_id}/end")
    assert visitor.client.get("/fire").json["taken"] is False
    assert visitor.see("/turn").path == "/"
    assert "Sorry, we have to start again." in visitor.page
    assert draft_count(app) == 0


def test_one_guard_has_it(app: Flask, guard: Guard, visitor: Visitor) -> None:
    visitor.to_summary()
    draft_id, address = draft_of(app).id, take(guard, app)
    other = Guard(app)
    other.log_in("supervisor")
    assert "guard goes on with it." in other.get("/panel/").text
    assert other.post(f"/panel/turns/{draft_id}/take").status_code == 409
    assert other.get(address).status_code == 409
    assert other.post(f"/panel/turns/{draft_id}/give-back").status_code == 409
    assert other.get(f"/panel/turns/{draft_id}/photo.jpg").status_code == 404
    assert f'href="{address}"' in guard.get("/panel/").text, "whoever left the form finds it again"


def test_goods_are_taken_over_too(app: Flask, gate: TestGate, guard: Guard, visitor: Visitor) -> None:
    visitor.send("/goods-in")
    visitor.send("/goods-in/carrier", carrier="SF Express").go_to("2/C", "2-C-12-A")
    visitor.send("/goods-in/what", category="parcel", pieces="3", vehicle_plate="AB 12")
    draft_id, form = draft_of(app).id, guard.get(take(guard, app)).text
    assert (value_of(form, "carrier"), value_of(form, "pieces"), value_of(form, "unit")) == (
        "SF Express",
        "3",
        "2-C-12-A",
    )
    fields = {"carrier": "SF Express", "pieces": "3", "unit": "2-C-12-A", "category": "parcel", "handling": "gate"}
    assert guard.post("/panel/goods/new", turn=draft_id, **fields).status_code == 303
    goods = gate.appliance.goods.goods_queries.kept()[-1]
    assert (goods.state, goods.pieces) == (GoodsState.KEPT, 3)
    assert visitor.see("/turn").path == "/goods-in/goods"
    assert goods.number in visitor.page


def test_a_slip_goes_on_at_the_desk_of_whoever_may_ask_for_one(app: Flask, guard: Guard, visitor: Visitor) -> None:
    visitor.send("/take-out").go_to("2/C", "2-C-12-A")
    visitor.send("/take-out/items", name="Sofa", quantity="2", count="0")
    draft_id = draft_of(app).id
    assert "Take over" not in guard.get("/panel/").text
    assert guard.post(f"/panel/turns/{draft_id}/take").status_code == 403
    desk = Guard(app)
    desk.log_in("frontdesk")
    address = take(desk, app)
    form = desk.get(address).text
    assert (value_of(form, "items.1.name"), value_of(form, "items.1.quantity")) == ("Sofa", "2")
    sent = {name: value_of(form, name) for name in ("not_before", "not_after", "unit")}
    sent |= {"kind": "household", "requester": "owner", "requested_by": "陳大文", "items.1.name": "Sofa"}
    answer = desk.post(address, turn=draft_id, **sent, **{"items.1.quantity": "2"})
    assert answer.status_code == 303, answer.text
    assert visitor.see("/turn").path == "/take-out/slip"


def test_taking_over_answers_the_call(app: Flask, gate: TestGate, guard: Guard, visitor: Visitor) -> None:
    visitor.to_summary()
    assert visitor.client.post("/call", data={"csrf_token": visitor.token, "in_place": "yes"}).status_code == 204
    assert visitor.send("/call").path == "/sign-in/summary", "without script back to where the turn is"
    (alarm,) = gate.appliance.alarms.open(5)
    assert (alarm.kind, alarm.lane) == (AlarmKind.CALLED, "in"), "pressed twice it is one"
    assert "Somebody at the touchscreen calls the guard" in guard.get("/panel/").text
    assert 'aria-pressed="true"><span class="face"><span class="icon icon-call"' in visitor.page
    take(guard, app)
    assert gate.appliance.alarms.count_open() == 0
