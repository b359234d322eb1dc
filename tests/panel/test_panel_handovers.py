"""A shift's handover as pages without script do it: two sign at one session, by PIN and by card at the desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.open_items import ItemKind, OpenItem
from kiosk.domain.roles import Role
from kiosk.domain.visits import Visit, VisitKind
from kiosk.services.alarms import raise_within
from tests.panel.conftest import UNIT
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance, document
from web import create_app
from web.panel.open_item_words import item_title

PIN, OTHER_PIN = "2580", "7319"
CARD, STRANGE = "04D5C301", "04D5C302"


@pytest.fixture(scope="module", autouse=True)
def _people(gate: TestGate) -> None:
    accounts, cards = gate.appliance.accounts, gate.appliance.cards
    for name in ("chan", "lee", "bare"):
        accounts.add_user(name, Role.GUARD, PASSWORD)
    accounts.set_pin("chan", PIN)
    for uid, name in ((CARD, "lee"), (STRANGE, "supervisor")):
        card = cards.add(actor="user clerk", uid=uid, holder=name, unit=UNIT)
        accounts.set_card(name, card.id)


@pytest.fixture
def chan(app: Flask) -> Guard:
    guard = Guard(app)
    guard.log_in("chan")
    return guard


@pytest.fixture
def page(chan: Guard, gate: TestGate, arrive: Callable[..., Visit]) -> Iterator[str]:
    """The address of a handover with a contractor who waits on it, which nobody has left open afterwards."""
    arrive("何工", VisitKind.CONTRACTOR)
    address = chan.post("/panel/handovers").location
    yield address
    current = gate.appliance.shifts.handovers.current()
    if current is not None:
        gate.appliance.shifts.handovers.cancel(current.id, "x", actor="user test")


def digest(text: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', text)
    assert found, text
    return found[1]


def sign_by_pin(guard: Guard, page: str, side: str, pin: str) -> tuple[int, str]:
    answer = guard.post(f"{page}/sign/{side}", pin=pin, digest=digest(guard.get(page).text))
    return answer.status_code, answer.text


def sign_by_card(guard: Guard, gate: TestGate, page: str, uid: str) -> tuple[int, str]:
    """Press the incoming side's button, hold the card to the reader, and go on."""
    form = guard.get(page).text.split('id="incoming"')[1]
    purpose, then = (
        unescape(re.search(f'name="{name}" value="([^"]+)"', form)[1])  # type: ignore[index]
        for name in ("purpose", "then")
    )
    waiting = guard.post("/panel/desk", purpose=purpose, then=then, back=page).text
    wish = re.search(r'name="give_up" value="([0-9a-f-]+)"', waiting)
    assert wish, waiting
    before = gate.appliance.feed.last_seq
    gate.desk_reader().tap(bytes.fromhex(uid))
    gate.wait_for_entry("desk.card_tapped", before)
    answer = guard.post(then, wish=wish[1])
    return answer.status_code, answer.text


def test_two_sign_at_one_session_and_nothing_changes_afterwards(chan: Guard, gate: TestGate, page: str) -> None:
    shown = chan.get(page).text
    assert "Visitors who wait" in shown
    assert "何工" in shown
    assert "Sign by PIN" not in shown, "not before it is known who takes over"
    assert chan.post(f"{page}/incoming", incoming="lee").status_code == 303
    assert sign_by_pin(chan, page, "outgoing", OTHER_PIN)[0] == 403
    assert sign_by_pin(chan, page, "outgoing", PIN)[0] == 303
    status, text = sign_by_card(chan, gate, page, STRANGE)
    assert status == 409
    assert "This is another person&#39;s card." in text
    assert sign_by_card(chan, gate, page, CARD)[0] == 303
    ended = chan.get(page).text
    assert "Signed by both" in ended
    assert "Signed by PIN" in ended
    assert "Signed by card" in ended
    main = ended.split("<main")[1].split("</main>")[0]
    assert re.findall(r'<form [^>]*action="([^"]+)"', main) == [f"{page}/print"], "nothing of it is to be changed"
    assert "signed by both" in chan.post(f"{page}/notes", note="x").text
    assert gate.entries("handover.ended")[-1].actor == "user lee"


def test_an_item_that_is_refused_stands_apart_and_can_be_taken_on_after_all(chan: Guard, page: str) -> None:
    number = re.search(r'id="item-(\d+)"', chan.get(page).text)
    assert number
    refuse = f"{page}/items/{number[1]}/refuse"
    assert chan.post(refuse, remark="x").status_code == 409
    chan.post(f"{page}/incoming", incoming="lee")
    again = chan.post(refuse, remark=" ")
    assert again.status_code == 422
    assert "Please fill this in." in again.text
    chan.post(refuse, remark="不見人")
    shown = chan.get(page).text
    assert shown.index("不見人") < shown.index("What is handed over")
    chan.post(f"{page}/items/{number[1]}/accept")
    assert "不見人" not in chan.get(page).text
    for bad in ("x", "99999999"):
        assert chan.post(f"{page}/items/{bad}/refuse", remark="x").status_code == 404


def test_whoever_can_sign_by_nothing_is_told_what_to_do(chan: Guard, page: str) -> None:
    chan.post(f"{page}/incoming", incoming="bare")
    assert "bare has neither a PIN nor a card to sign with." in chan.get(page).text
    answer = chan.post(f"{page}/sign/incoming", pin=PIN, digest="0" * 64)
    assert answer.status_code == 409
    assert "no PIN to sign with" in answer.text


def test_notes_are_of_one_of_the_two_and_a_change_takes_signatures_away(chan: Guard, page: str) -> None:
    chan.post(f"{page}/incoming", incoming="lee")
    sign_by_pin(chan, page, "outgoing", PIN)
    assert "Signed by PIN" in chan.get(page).text
    chan.post(f"{page}/notes", note="<b>後門</b>", side="incoming")
    shown = chan.get(page).text
    assert '&lt;b&gt;後門&lt;/b&gt;</bdi> <span class="faint"><bdi>lee' in shown
    assert "Signed by PIN" not in shown
    too_long = chan.post(f"{page}/notes", note="x" * 501)
    assert too_long.status_code == 422
    assert 'aria-describedby="problem-note"' in too_long.text
    old = chan.post(f"{page}/sign/outgoing", pin=PIN, digest="0" * 64)
    assert old.status_code == 409
    assert "has changed since the page was shown" in old.text


def test_guessing_a_pin_is_slowed_down(chan: Guard, page: str) -> None:
    chan.post(f"{page}/incoming", incoming="lee")
    answers = [sign_by_pin(chan, page, "outgoing", OTHER_PIN)[0] for _ in range(12)]
    assert answers[0] == 403
    assert answers[-1] == 429


def test_what_comes_up_is_offered_and_a_silent_alarm_is_not(
    chan: Guard, gate: TestGate, page: str, arrive: Callable[..., Visit]
) -> None:
    with gate.appliance.store.write() as transaction:
        raise_within(transaction, AlarmKind.DURESS, "in")
    assert "come up since" not in chan.get(page).text
    arrive("馬工", VisitKind.CONTRACTOR)
    assert "Add one item that has come up since" in chan.get(page).text
    chan.post(f"{page}/list")
    shown = chan.get(page).text
    assert "馬工" in shown
    assert "come up since" not in shown
    assert "under duress" not in shown.split("<main")[1]


def test_an_item_that_is_settled_says_so(chan: Guard, gate: TestGate, page: str) -> None:
    for visit in gate.appliance.visit_queries.waiting():
        gate.appliance.visits.refuse(visit.id, actor="user chan", reason="x")
    shown = chan.get(page).text
    assert "is-settled" in shown
    assert "Still open" not in shown.split('id="open-items"')[1].split("Visitors who wait")[1].split("</section>")[0]


def test_the_open_one_is_seen_on_the_shift_and_is_cancelled_with_a_reason(chan: Guard, app: Flask, page: str) -> None:
    assert f'href="{page}">Shift handover is open: chan' in chan.get("/panel/parts/alerts").text
    desk = Guard(app)
    desk.log_in("frontdesk")
    assert "Shift handover is open" not in desk.get("/panel/parts/alerts").text
    assert chan.post("/panel/handovers").status_code == 409
    assert chan.post(f"{page}/cancel", reason="").status_code == 422
    assert chan.post(f"{page}/cancel", reason="李生病假").status_code == 303
    assert "李生病假" in chan.get(page).text
    assert "Shift handover is open" not in chan.get("/panel/parts/alerts").text


def test_past_ones_are_found_by_the_address_and_taken_away_as_a_file(chan: Guard, page: str) -> None:
    chan.post(f"{page}/cancel", reason="x")
    assert page in chan.get("/panel/handovers?state=cancelled&who=chan").text
    assert page not in chan.get("/panel/handovers?state=ended&who=lee&since=2040-01-01").text
    assert "Nothing was found." in chan.get("/panel/handovers?who=nobody").text
    file = chan.get("/panel/handovers.csv?state=cancelled").text
    assert file.splitlines()[0].lstrip("\ufeff").startswith("Begun,Ended,Hands over,Takes over,State")
    assert ",chan," in file
    sheet = chan.get("/panel/handovers.xlsx")
    assert sheet.data.startswith(b"PK")
    sheet.close()
    assert chan.get("/panel/handovers.pdf").status_code == 404


def test_a_card_is_called_by_what_its_fob_has(app: Flask, gate: TestGate, tmp_path: Path) -> None:
    card = OpenItem(ItemKind.VISITOR_CARD, "id", CARD, gate.appliance.clock.now())
    with app.test_request_context("/panel/"):
        assert item_title(card) == "213:49921"
    settings = document()
    for lane in settings["lanes"].values():
        lane["card_number"] = "hex"
    with (
        demo_appliance(tmp_path, settings=settings) as other,
        create_app(other.appliance).test_request_context("/panel/"),
    ):
        assert item_title(card) == CARD
