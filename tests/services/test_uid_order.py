"""Readers that tell a UID from its last byte to its first: one card is one record at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.simulated.desfire_card import DESFIRE_ATR, CardKey, Generation, SimulatedDesfireCard
from kiosk.services.desfire import Application, diversify
from tests.support.appliance import TestGate, demo_appliance, document

UID = bytes.fromhex("04A1B2C3D4E5F6")
UNIT = "1-A-1-A"
SITE_KEY = bytes(range(16))
APPLICATION = Application(bytes.fromhex("001AF5"), 1, b"Jade Lake")


def turned_round(**changes: Any) -> dict[str, Any]:
    """Settings in which the reader of the way out tells UIDs the other way round."""
    settings = document(**changes)
    settings["lanes"]["out"]["uid_order"] = "reversed"
    return settings


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    desfire = {"aid": "F51A00", "key_no": 1, "system_id": "Jade Lake"}
    with demo_appliance(tmp_path, settings=turned_round(cards={"desfire": desfire})) as running:
        yield running


def test_a_card_is_the_same_at_both_readers(gate: TestGate) -> None:
    card = gate.appliance.cards.add(actor="user clerk", uid=UID.hex(), holder="陳太", unit=UNIT)
    gate.tap(UID.hex(), "in")
    gate.wait_for_entry("access.granted", card=card.id, lane="in")
    gate.tap(UID[::-1].hex(), "out")
    gate.wait_for_entry("access.granted", card=card.id, lane="out")


def test_an_unknown_card_is_noted_as_it_would_be_put_on_record(gate: TestGate) -> None:
    gate.tap(UID[::-1].hex(), "out")
    assert gate.wait_for_entry("access.refused", code="unknown").payload["uid"] == UID.hex().upper()


def test_a_card_proves_itself_by_the_key_of_its_own_uid(gate: TestGate) -> None:
    gate.appliance.card_keys.add(1, SITE_KEY, actor="test")
    card = gate.appliance.cards.add(actor="user clerk", uid=UID.hex(), holder="陳太", unit=UNIT)
    key = CardKey(diversify(SITE_KEY, APPLICATION.diversification_input(UID)), 1)
    proving = SimulatedDesfireCard(UID, APPLICATION.aid, {1: key}, Generation.EV2)
    gate.reader("out").present(UID[::-1], DESFIRE_ATR, card=proving)
    gate.wait_for_entry("card.recognised", card=card.id, technology="desfire")
    gate.wait_for_entry("access.granted", card=card.id, lane="out")


def test_a_card_that_tells_nothing_is_unreadable_all_the_same(gate: TestGate) -> None:
    gate.reader("out").present_unreadable("no-uid")
    assert gate.wait_for_entry("access.refused", lane="out").payload["code"] == "unreadable"
