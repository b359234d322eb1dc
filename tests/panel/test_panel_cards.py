"""Cards at the panel: who sees what of them, and what the card office does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import insert, update
from werkzeug.datastructures import MultiDict

from kiosk.domain.access import Code, CredentialState
from kiosk.domain.roles import Role
from kiosk.services.cards import Card
from kiosk.store.tables import cards, residents
from tests.panel.conftest import UNIT
from tests.panel.guard import Guard
from tests.support.appliance import TestGate
from web.panel.card_forms import changes_from, details_from, form_from, form_of

ZONE = ZoneInfo("Asia/Hong_Kong")
LANES = frozenset({"in", "out"})


@pytest.fixture
def clerk(app: Flask) -> Guard:
    clerk = Guard(app)
    clerk.log_in(Role.CLERK.value)
    return clerk


@pytest.fixture
def card(gate: TestGate, uid: str) -> Card:
    return gate.appliance.cards.add(actor="user clerk", uid=uid, holder="司徒美玲", unit=UNIT, for_duress=True)


@pytest.fixture
def uid(gate: TestGate) -> str:
    """A UID that no card has."""
    return f"{0x04A1B200 + gate.appliance.feed.last_seq:08X}"


def filled(**changes: str) -> dict[str, str]:
    return {"holder": "何美玲", "unit": UNIT, "format": "hex"} | changes


class TestReading:
    def test_the_list_shows_both_numbers_and_finds_by_either(self, guard: Guard, card: Card) -> None:
        data = bytes.fromhex(card.uid)[-3:]
        printed = f"{data[0]:03d}:{int.from_bytes(data[1:]):05d}"
        for query in (card.uid, printed, "司徒"):
            page = guard.get(f"/panel/cards?q={query}").text
            assert card.uid in page
            assert printed in page
        assert "Nothing was found" in guard.get("/panel/cards?q=nobody+such").text

    def test_the_list_is_narrowed_by_state_and_pages_on(self, clerk: Guard, gate: TestGate, uid: str) -> None:
        for number in range(27):
            gate.appliance.cards.add(actor="user clerk", uid=f"{uid[:4]}{number:04X}", holder="佘太", unit=UNIT)
        page = clerk.get("/panel/cards?q=佘太&state=active").text
        assert page.count("row-link") == 25
        older = re.search(r'rel="next" href="([^"]+)"', page)
        assert older
        assert clerk.get(unescape(older[1])).text.count("row-link") == 2
        assert "row-link" not in clerk.get("/panel/cards?q=佘太&state=lost").text
        assert clerk.get("/panel/cards?state=eaten&before=x").status_code == 200

    def test_a_guard_sees_neither_telephone_nor_duress_nor_a_form(
        self, guard: Guard, clerk: Guard, gate: TestGate, card: Card
    ) -> None:
        row = {"id": card.id, "unit": UNIT, "name": "司徒先生", "phone": "5550 1234"}
        with gate.appliance.store.write() as transaction:
            transaction.connection.execute(insert(residents), row)
        gate.appliance.cards.change(card.id, actor="user clerk", for_duress=False)
        gate.appliance.cards.change(card.id, actor="user clerk", for_duress=True)
        for_guards, for_office = guard.get(f"/panel/cards/{card.id}").text, clerk.get(f"/panel/cards/{card.id}").text
        assert "司徒先生" in for_guards
        for secret in ("5550 1234", "Duress mark", "Report lost", f"/panel/cards/{card.id}/edit"):
            assert secret not in for_guards
            assert secret in for_office
        assert guard.post(f"/panel/cards/{card.id}/state", state="lost", reason="x").status_code == 403

    def test_a_card_shows_what_became_of_it(self, clerk: Guard, gate: TestGate, card: Card) -> None:
        gate.tap(card.uid)
        gate.wait_for_entry("access.granted", card=card.id)
        clerk.post(f"/panel/cards/{card.id}/state", state="lost", reason="left in a taxi")
        page = clerk.get(f"/panel/cards/{card.id}").text
        for said in ("Let through", "Card added", "Card changed", "left in a taxi", "MIFARE Classic", "clerk"):
            assert said in page
        assert "taxi" not in str([entry.payload for entry in gate.entries("card.changed")])

    def test_an_unknown_card_in_the_feed_has_its_numbers_and_a_way_onto_the_record(
        self, clerk: Guard, guard: Guard, gate: TestGate
    ) -> None:
        before = gate.appliance.feed.last_seq
        gate.tap("0443EB61E02580")
        gate.wait_for_entry("access.refused", before, code="unknown")
        for reader, may_record in ((clerk, True), (guard, False)):
            page = reader.get("/panel/").text
            assert "Card · 0443EB61E02580 · 224:09600" in page
            assert ("/panel/cards/new?uid=0443EB61E02580" in page) is may_record
        assert 'value="0443EB61E02580"' in clerk.get("/panel/cards/new?uid=0443EB61E02580").text

    def test_a_card_to_lend_is_told_by_what_is_printed_on_it(
        self, guard: Guard, gate: TestGate, arrive: Any, uid: str
    ) -> None:
        gate.appliance.cards.add(actor="user clerk", uid=uid, holder="訪客證 7", unit=UNIT, for_visits=True)
        page = guard.get(f"/panel/visits/{arrive().id}").text
        data = bytes.fromhex(uid)[-3:]
        assert f"訪客證 7 · {data[0]:03d}:{int.from_bytes(data[1:]):05d} · {uid}" in page


class TestWriting:
    def test_a_card_is_put_on_record(self, clerk: Guard, gate: TestGate, uid: str) -> None:
        answer = clerk.post("/panel/cards", **filled(number=uid, group="清潔", lanes="in", valid_to="2098-12-31"))
        assert answer.status_code == 303
        made = gate.appliance.cards.get(answer.location.rsplit("/", 1)[1])
        assert (made.uid, made.group, made.lanes, made.for_duress) == (uid, "清潔", {"in"}, False)
        assert made.valid_to == datetime(2098, 12, 31, 16, tzinfo=UTC)  # the day's end at the estate
        assert gate.entries("card.added", card=made.id)[0].actor == "user clerk"
        assert "The card is on record." in clerk.get(answer.location).text

    def test_a_card_held_to_a_reader_is_taken_with_one_touch_and_nothing_typed_is_lost(
        self, clerk: Guard, gate: TestGate, uid: str
    ) -> None:
        before = gate.appliance.feed.last_seq
        gate.tap(uid, "out")
        gate.wait_for_entry("access.refused", before, code="unknown")
        offered = clerk.get("/panel/parts/unknown-cards", **{"X-Requested-With": "panel"}).text
        assert f'name="take" value="{uid}"' in offered
        assert "at lane out" in offered
        page = clerk.post("/panel/cards", **filled(take=uid, holder="麥<太>")).text
        assert f'name="number" value="{uid}"' in page
        assert 'value="麥&lt;太&gt;"' in page
        assert gate.appliance.card_queries.of_uid(uid) is None

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"number": ""}, "Please fill this in."),
            ({"number": "xyz"}, "No card has such a number."),
            ({"number": "116:23152", "format": "wiegand-26"}, "No card has such a number."),
            ({"number": "15300:01160", "format": "wiegand-34-reversed"}, "Several cards can have this number."),
            ({"holder": " "}, "Please fill this in."),
            ({"unit": "nowhere"}, "There is no such unit."),
            ({"lanes": "roof"}, "There is no such lane."),
            ({"time_profile": "none"}, "There is no such time profile."),
            ({"valid_to": "tomorrow"}, "There is no such day. Please write it as 2026-03-31."),
            ({"valid_to": "9999-12-31"}, "There is no such day. Please write it as 2026-03-31."),
            ({"valid_to": "2020-01-01"}, "This time has passed already."),
            ({"carrier": "DHL", "is_owner": "on"}, "This does not go with this kind."),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field(
        self, clerk: Guard, gate: TestGate, uid: str, change: dict[str, str], said: str
    ) -> None:
        before = gate.entries("card.added")
        answer = clerk.post("/panel/cards", **filled(number=uid) | change)
        assert answer.status_code == 422
        assert said in unescape(answer.text)
        field = next(iter(change))
        assert f'class="problem" id="{field}-problem"' in answer.text
        assert gate.entries("card.added") == before

    def test_a_couriers_card_is_put_on_record_found_and_asked_back_at_the_handover(
        self, clerk: Guard, guard: Guard, gate: TestGate, uid: str
    ) -> None:
        assert "<option>順豐速運 SF Express</option>" in clerk.get("/panel/cards/new").text
        answer = clerk.post("/panel/cards", **filled(number=uid, carrier=" DHL ", valid_to="2098-12-31"))
        made = gate.appliance.cards.get(answer.location.rsplit("/", 1)[1])
        assert made.carrier == "DHL"
        assert "Courier's card" in unescape(guard.get(answer.location).text)
        assert 'value="DHL"' in clerk.get(f"{answer.location}/edit").text
        assert uid in guard.get("/panel/cards?q=DHL").text
        assert "DHL" not in str([entry.payload for entry in gate.entries("card.added")])
        before = gate.appliance.feed.last_seq
        gate.tap(uid)
        refused = gate.wait_for_entry("access.refused", before, card=made.id)
        assert refused.payload["code"] == "courier-card"
        assert "Courier's card: opens nothing" in unescape(guard.get("/panel/").text)
        assert Code.COURIER_CARD not in gate.appliance.figures.refused_codes(refused.at - timedelta(minutes=1))
        with gate.appliance.store.write() as transaction:  # it has been out for too long
            row = update(cards).where(cards.c.id == made.id).values(valid_to=transaction.now)
            transaction.connection.execute(row)
        items = [(one.kind.value, one.subject_id) for one in gate.appliance.shifts.open_items.handed_over()]
        assert ("courier-card", made.id) in items
        clerk.post(f"{answer.location}/state", state="returned", reason="back")
        assert ("courier-card", made.id) not in [
            (one.kind.value, one.subject_id) for one in gate.appliance.shifts.open_items.handed_over()
        ]

    def test_a_card_that_is_on_record_is_led_to(self, clerk: Guard, card: Card) -> None:
        answer = clerk.post("/panel/cards", **filled(number=card.uid))
        assert answer.status_code == 422
        assert f'/panel/cards/{card.id}"><bdi>司徒美玲' in answer.text

    def test_a_card_is_changed(self, clerk: Guard, gate: TestGate, card: Card) -> None:
        assert 'value="司徒美玲"' in clerk.get(f"/panel/cards/{card.id}/edit").text
        answer = clerk.post(f"/panel/cards/{card.id}", **filled(holder="冼生", group="保安", is_owner="on"))
        assert answer.location == f"/panel/cards/{card.id}"
        changed = gate.appliance.cards.get(card.id)
        assert (changed.holder, changed.group, changed.for_duress, changed.is_owner) == ("冼生", "保安", False, True)
        (entry,) = gate.entries("card.changed", card=card.id)
        assert set(entry.payload["changed"]) == {"holder", "group", "for_duress", "is_owner"}
        assert "Owner's card" in unescape(clerk.get(answer.location).text)
        assert clerk.post(f"/panel/cards/{card.id}", **filled(unit="nowhere")).status_code == 422

    @pytest.mark.parametrize("state", [one for one in CredentialState if one is not CredentialState.REVOKED])
    def test_a_state_is_a_touch_with_a_reason(self, clerk: Guard, gate: TestGate, card: Card, state: str) -> None:
        path = f"/panel/cards/{card.id}/state"
        assert clerk.ask(path, state=state).status_code == 422
        assert clerk.ask(path, state="eaten", reason="x").status_code == 422
        assert gate.entries("card.changed", card=card.id) == []
        # The button of a usual reason comes before the empty input of another one.
        token = {"csrf_token": clerk.token()}
        told = MultiDict([("state", state), ("reason", "Moved out"), ("reason", ""), *token.items()])
        assert clerk.client.post(path, data=told, headers=clerk.headers).status_code == 303
        changed = gate.appliance.cards.get(card.id)
        assert changed.state == state
        assert changed.state_reason == ("" if state == CredentialState.ACTIVE else "Moved out")


class TestDays:
    def test_days_are_the_estates_own_and_the_last_is_included(self) -> None:
        form = form_from(MultiDict({"valid_from": "2026-03-01", "valid_to": "2026-03-31"}))
        details = details_from(form, LANES, ZONE)
        assert details["valid_from"] == datetime(2026, 2, 28, 16, tzinfo=UTC)
        assert details["valid_to"] == datetime(2026, 3, 31, 16, tzinfo=UTC)

    def test_a_form_that_is_sent_back_as_it_was_changes_nothing(self, gate: TestGate, uid: str) -> None:
        now = gate.appliance.clock.now()
        card = gate.appliance.cards.add(
            actor="api office", uid=uid, holder="A", unit=UNIT, valid_from=now - timedelta(days=1, seconds=7),
            valid_to=now + timedelta(days=1, seconds=7), lanes=LANES,
        )  # fmt: skip
        changes = changes_from(form_of(card, ZONE), card, LANES, ZONE)
        assert gate.appliance.cards.change(card.id, actor="user clerk", **changes) == card

    def test_every_lane_ticked_is_no_narrowing(self) -> None:
        for ticked, meant in (([], None), (["in", "out"], None), (["in"], {"in"})):
            form = form_from(MultiDict([("lanes", lane) for lane in ticked]))
            assert details_from(form, LANES, ZONE)["lanes"] == meant
