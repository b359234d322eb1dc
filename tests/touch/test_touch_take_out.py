"""Goods that go out at the touchscreen: asking for a release slip, page by page, and showing one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask

from kiosk.domain.slips import MAX_ITEMS, Requester, Slip, SlipKind, SlipSource, SlipState
from kiosk.services.goods.slip_queries import SlipFilter
from tests.support.appliance import TestGate
from tests.support.visitor import ClockAhead, Visitor, draft_count
from web.turns.draft import GRACE_S


def slips(gate: TestGate) -> list[Slip]:
    return gate.appliance.goods.slip_queries.page(SlipFilter(), before=None, limit=1000).items


def begin(visitor: Visitor) -> Visitor:
    visitor.send("/language", language="en")
    visitor.see("/take-out")
    return visitor.send("/take-out").go_to("2/C", "2-C-12-A")


def add(
    visitor: Visitor, name: str, quantity: int = 1, *, do: str = "another", note: str = "", count: int = 0
) -> Visitor:
    return visitor.send("/take-out/items", name=name, quantity=quantity, note=note, do=do, count=count)


def today(gate: TestGate, ahead: int = 0) -> str:
    zone = gate.appliance.settings.estate.zone
    return (gate.appliance.clock.now().astimezone(zone).date() + timedelta(days=ahead)).isoformat()


def to_summary(gate: TestGate, visitor: Visitor, kind: str = "household", ahead: int = 1) -> Visitor:
    add(begin(visitor), "Sofa", 2, do="next", note="blue")
    visitor.send(
        "/take-out/asker", requester="tenant", requested_by="歐陽詠欣", taken_by="何文", carrier="大發",
        vehicle_plate="AB 1234",
    )  # fmt: skip
    visitor.send("/take-out/photo", do="take")
    visitor.send("/take-out/day", day=today(gate, ahead), kind=kind)
    assert visitor.path == "/take-out/summary", visitor.page
    return visitor


def done(visitor: Visitor) -> Visitor:
    return visitor.send("/take-out/done", once=visitor.once)


def test_a_slip_is_asked_for_and_its_number_told_large(gate: TestGate, visitor: Visitor) -> None:
    to_summary(gate, visitor)
    for value in ("Phase 2, Block C, 12/F, Flat A", "2 × Sofa", "歐陽詠欣", "何文, 大發, AB 1234", "Tomorrow", "Taken"):
        assert value in visitor.page
    done(visitor)
    slip = slips(gate)[0]
    assert visitor.path == "/take-out/slip"
    assert f'class="number digits">{slip.number}<' in visitor.page
    assert "The owner is asked." in visitor.page
    assert "Nothing can leave before the slip is approved." in visitor.page
    assert (slip.state, slip.source, slip.kind) == (SlipState.REQUESTED, SlipSource.TOUCH, SlipKind.HOUSEHOLD)
    assert (slip.unit, slip.requester, slip.requested_by) == ("2-C-12-A", Requester.TENANT, "歐陽詠欣")
    assert (slip.taken_by, slip.carrier, slip.vehicle_plate) == ("何文", "大發", "AB 1234")
    item = slip.items[0]
    assert (item.name, item.quantity, item.note) == ("Sofa", 2, "blue")
    assert item.photo_id is not None
    zone = gate.appliance.settings.estate.zone
    assert slip.not_before.astimezone(zone).isoformat()[:16] == f"{today(gate, 1)}T00:00"
    assert slip.not_after - slip.not_before == timedelta(days=1)
    assert done_again(visitor).path == "/take-out/slip"
    assert len(gate.entries("slip.requested", slip=slip.id)) == 1
    assert visitor.send("/leave").path == "/"
    assert visitor.see("/take-out/slip").path == "/"


def done_again(visitor: Visitor) -> Visitor:
    return visitor.send("/take-out/done", once="x")


def test_a_move_goes_to_the_front_desk_first(gate: TestGate, visitor: Visitor) -> None:
    done(to_summary(gate, visitor, kind="moving", ahead=7))
    assert "The front desk is asked first, then the owner." in visitor.page
    assert slips(gate)[0].kind is SlipKind.MOVING


def test_the_list_grows_and_shrinks(visitor: Visitor) -> None:
    begin(visitor)
    assert add(visitor, "").status == 422
    assert visitor.send("/take-out/items", name="", do="next", count=0).status == 422, "a list has something on it"
    for number, name in enumerate(("Sofa", "Bed", "Table")):
        add(visitor, name, count=number)
    add(visitor, "Table", count=2)
    assert visitor.see("/take-out/items").page.count("listed-line") == 3, "a form that was sent twice adds nothing"
    visitor.send("/take-out/list", remove=1, count=3)
    assert "Bed" not in visitor.page
    visitor.send("/take-out/list", remove=1, count=3)
    assert "Table" in visitor.page, "nor does it take off what came after"
    assert visitor.send("/take-out/list", remove=99, count=2).page.count("listed-line") == 2
    assert visitor.send("/take-out/items", name="", note="", do="next", count=2).path == "/take-out/asker"
    visitor.send("/take-out/back", step="asker")
    visitor.send("/take-out/list", remove=0, count=2)
    visitor.send("/take-out/list", remove=0, count=1)
    assert "What goes out?" in visitor.page
    assert visitor.see("/take-out/asker").path == "/take-out/items", "an empty list is due again"


def test_a_list_ends_at_its_longest(visitor: Visitor) -> None:
    begin(visitor)
    for number in range(MAX_ITEMS):
        add(visitor, f"Box {number}", count=number)
    assert "1 / 10" in visitor.page
    assert "And more" not in visitor.page
    add(visitor, "Box too many", count=MAX_ITEMS)
    pages = [visitor.see(f"/take-out/items?page={number}").page for number in range(1, 11)]
    assert sum(page.count("listed-line") for page in pages) == MAX_ITEMS
    assert not any("too many" in page for page in pages)
    assert visitor.see("/take-out/items?more=1").page.count("listed-line") == 4


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("items", {"name": " ", "quantity": "1"}),
        ("items", {"name": "A" * 61, "quantity": "1"}),
        ("items", {"name": "A\nB", "quantity": "1"}),
        ("items", {"name": "A", "quantity": "0"}),
        ("items", {"name": "A", "quantity": "10000"}),
        ("items", {"name": "A", "quantity": "many"}),
        ("items", {"name": "A", "quantity": "1", "note": "A" * 121}),
        ("asker", {"requester": "owner", "requested_by": ""}),
        ("asker", {"requester": "", "requested_by": "A"}),
        ("asker", {"requester": "department", "requested_by": "A"}),
        ("asker", {"requester": "owner", "requested_by": "A", "vehicle_plate": "A" * 17}),
        ("asker", {"requester": "owner", "requested_by": "A", "carrier": "A" * 61}),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(visitor: Visitor, page: str, fields: dict[str, str]) -> None:
    begin(visitor)
    if page == "asker":
        add(visitor, "Sofa", do="next")
    visitor.send(f"/take-out/{page}", do="next", count=0, **fields)
    assert (visitor.status, visitor.path) == (422, f"/take-out/{page}")
    assert "-problem" in visitor.page
    assert visitor.see("/take-out/summary").path == f"/take-out/{page}", "the page stays due"


def test_days_are_today_to_a_week_ahead(gate: TestGate, visitor: Visitor) -> None:
    to_summary(gate, visitor).send("/take-out/change", step="day")
    assert visitor.page.count('name="day"') == 8
    for ahead in (-1, 8):
        assert visitor.send("/take-out/day", day=today(gate, ahead), kind="moving").path == "/take-out/day"
    assert visitor.send("/take-out/day", day="soon").path == "/take-out/day"
    assert visitor.send("/take-out/day", day=today(gate), kind="department").path == "/take-out/summary"
    done(visitor)
    assert slips(gate)[0].kind is SlipKind.MOVING, "the estate's own things are asked for at the desk"


def test_back_and_change_lead_through_every_page(gate: TestGate, visitor: Visitor) -> None:
    to_summary(gate, visitor)
    seen = []
    for step in ("summary", "day", "photo", "asker", "items", "place", "place"):
        visitor.send("/take-out/back", step=step)
        seen.append(visitor.path)
    pages = ["day", "photo", "asker", "items", "place", "place"]
    assert seen == [*(f"/take-out/{page}" for page in pages), "/take-out"]
    to_summary(gate, visitor)
    visitor.send("/take-out/change", step="place").go_to("1/B")
    assert "Phase 1, Block B" in visitor.page
    assert visitor.send("/take-out/change", step="kind").path == "/take-out/summary"


def test_stale_and_foreign_forms_do_nothing(gate: TestGate, visitor: Visitor) -> None:
    before = len(slips(gate))
    stale = to_summary(gate, visitor).once
    to_summary(gate, visitor)
    assert visitor.send("/take-out/done", once=stale).path == "/take-out/summary"
    assert visitor.send("/goods-in/done", once=visitor.once, handling="gate").path == "/take-out/summary"
    assert visitor.send("/sign-in/done", once=visitor.once).path == "/take-out/summary"
    answer = visitor.client.post("/take-out/done", data={"once": visitor.once})
    assert (answer.status_code, answer.location) == (303, "/")
    assert len(slips(gate)) == before


def test_the_idle_time_wipes_everything(app: Flask, gate: TestGate, clock: ClockAhead, visitor: Visitor) -> None:
    to_summary(gate, visitor)
    clock.advance(60 + GRACE_S + 1)
    assert visitor.see("/take-out/summary").path == "/"
    assert "歐陽詠欣" not in visitor.page
    assert draft_count(app) == 0


@pytest.mark.parametrize(("lane", "is_told"), [("in", True), ("out", False)])
def test_a_slip_that_is_held_up_is_told(gate: TestGate, visitor: Visitor, lane: str, *, is_told: bool) -> None:
    visitor.send("/language", language="en")
    visitor.see("/take-out")
    seq = gate.appliance.feed.last_seq
    with gate.appliance.store.write() as transaction:
        transaction.record(f"lane {lane}", "slip.presented", {"slip": "s1", "number": "R2026-00001", "lane": lane})
    answer = visitor.client.get(f"/events?after={seq}", buffered=False)
    lines = b"".join(part for _, part in zip(range(2), answer.response, strict=False)).decode().splitlines()
    answer.close()
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    sentence = "Please wait for the guard, who looks through your goods."
    assert told == ([{"granted": False, "sentence": sentence, "say": "slip-presented"}] if is_told else [])
