"""The card by which somebody signs: an active one of their own, for as long as it is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import PanelSettings
from kiosk.domain.access import CredentialState
from kiosk.domain.roles import Role
from kiosk.errors import Conflict, NotFound
from kiosk.services.accounts import AccountService
from kiosk.services.cards import Card
from kiosk.store import journal
from tests.support.desk import UNIT, Desk, open_desk

PASSWORD = "correct horse battery"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def accounts(desk: Desk) -> AccountService:
    accounts = AccountService(desk.store, desk.clock, PanelSettings())
    for name in ("chan", "lee"):
        accounts.add_user(name, Role.GUARD, PASSWORD)
    return accounts


def add_card(desk: Desk, uid: str = "04A1B2C3", **details: Any) -> Card:
    return desk.cards.add(actor="user clerk", uid=uid, holder="陳保安", unit=UNIT, **details)


def test_a_card_is_one_persons_and_can_be_taken_back(desk: Desk, accounts: AccountService) -> None:
    card = add_card(desk)
    assert accounts.user_of_card(card.id) is None
    accounts.set_card("Chan ", card.id)
    accounts.set_card("chan", card.id)
    found = accounts.user_of_card(card.id)
    assert found is not None
    assert (found.username, found.card_id) == ("chan", card.id)
    with pytest.raises(Conflict, match="Somebody else"):
        accounts.set_card("lee", card.id)
    accounts.set_card("chan", None)
    accounts.set_card("lee", card.id)
    assert accounts.user_of_card(card.id) is not None
    with desk.store.read() as connection:
        told = journal.latest(connection, {"user.card_set", "user.card_removed"}, 9)
    assert [(entry.type, entry.payload["card"]) for entry in told] == [
        ("user.card_set", card.id),
        ("user.card_set", card.id),
        ("user.card_removed", card.id),
        ("user.card_set", card.id),
    ]


def test_who_signs_by_a_card_does_so_no_longer_when_a_courier_has_it(desk: Desk, accounts: AccountService) -> None:
    card = add_card(desk)
    accounts.set_card("chan", card.id)
    desk.cards.change(card.id, actor="user clerk", carrier="SF Express")
    desk.cards.change(card.id, actor="user clerk", carrier="")
    assert accounts.user_of_card(card.id) is None


def test_only_an_active_card_that_is_somebodys_own_signs(desk: Desk, accounts: AccountService) -> None:
    lent, lost = add_card(desk, for_visits=True), add_card(desk, "04A1B2C4")
    couriers = add_card(desk, "04A1B2C5", carrier="SF Express")
    desk.cards.set_state(lost.id, CredentialState.LOST, actor="user clerk")
    for card in (lent, lost, couriers):
        with pytest.raises(Conflict, match="not active"):
            accounts.set_card("chan", card.id)
    with pytest.raises(NotFound):
        accounts.set_card("chan", "0" * 32)
    with pytest.raises(NotFound):
        accounts.set_card("nobody", None)


def test_a_suspended_card_signs_again_later_and_one_that_was_given_up_never_does(
    desk: Desk, accounts: AccountService
) -> None:
    card = add_card(desk)
    accounts.set_card("chan", card.id)
    desk.cards.set_state(card.id, CredentialState.SUSPENDED, actor="user clerk")
    assert accounts.user_of_card(card.id) is None
    desk.cards.set_state(card.id, CredentialState.ACTIVE, actor="user clerk")
    assert accounts.user_of_card(card.id) is not None
    desk.cards.set_state(card.id, CredentialState.RETURNED, actor="user clerk")
    desk.cards.set_state(card.id, CredentialState.ACTIVE, actor="user clerk")
    assert accounts.user_of_card(card.id) is None


def test_another_holder_or_the_accounts_end_ends_it(desk: Desk, accounts: AccountService) -> None:
    card = add_card(desk)
    accounts.set_card("chan", card.id)
    desk.cards.change(card.id, actor="user clerk", holder="李保安")
    assert accounts.user_of_card(card.id) is None
    accounts.set_card("chan", card.id)
    accounts.remove_user("chan")
    assert accounts.user_of_card(card.id) is None
    accounts.set_card("lee", card.id)
