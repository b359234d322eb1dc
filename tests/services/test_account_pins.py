"""PINs of accounts: checked with the duress PIN in one way, which alarms where nobody at the gate sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.config import PanelSettings
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.pins import PinCheck
from kiosk.domain.roles import Role
from kiosk.errors import FieldProblem, Invalid, NotFound
from kiosk.services.accounts import AccountService, User
from kiosk.services.alarms import AlarmService
from kiosk.services.passwords import SlowHashes
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import users
from tests.support.desk import SetClock
from tests.support.empty_store import open_store

PASSWORD = "correct horse battery"
PIN, DURESS_PIN = "2580", "2749"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data", SetClock())
    yield store
    store.close()


@pytest.fixture
def accounts(store: Store) -> AccountService:
    return AccountService(store, SetClock(), PanelSettings())


@pytest.fixture
def guard(accounts: AccountService) -> User:
    accounts.add_user("chan", Role.GUARD, PASSWORD)
    accounts.set_pin("Chan", PIN, DURESS_PIN)
    (user,) = accounts.users()
    return user


def told(store: Store, after: int = 0) -> list[tuple[str, str, dict]]:
    with store.read() as connection:
        return [(one.actor, one.type, dict(one.payload)) for one in journal.after(connection, after, 1000)]


def test_each_pin_is_told_from_the_others(accounts: AccountService, guard: User) -> None:
    assert guard.has_pin
    checks = {typed: accounts.check_pin(guard, typed) for typed in (PIN, DURESS_PIN, "2581", "", "x" * 500, "２５８０")}
    assert checks == {
        PIN: PinCheck.OK, DURESS_PIN: PinCheck.DURESS,
        "2581": PinCheck.WRONG, "": PinCheck.WRONG, "x" * 500: PinCheck.WRONG, "２５８０": PinCheck.WRONG,
    }  # fmt: skip


def test_duress_alarms_with_who_and_where_and_else_leaves_the_same_trace(
    accounts: AccountService, store: Store, guard: User
) -> None:
    start = len(told(store))
    accounts.check_pin(guard, PIN, lane="in")
    right = told(store, start)
    assert right == [("user chan", "user.pin_confirmed", {"user": guard.id, "lane": "in"})]
    assert AlarmService(store).page(None, None, 10, with_silent=True).items == []
    accounts.check_pin(guard, DURESS_PIN, lane="in")
    under_duress = told(store, start + 1)
    assert under_duress[:1] == right
    (alarm,) = AlarmService(store).open(10, with_silent=True)
    assert (alarm.kind, alarm.lane, alarm.raised_by) == (AlarmKind.DURESS, "in", "user chan")
    assert alarm.subject == {"user": guard.id}
    raised = {"alarm": alarm.id, "kind": "duress", "lane": "in", "user": guard.id}
    assert under_duress[1:] == [("user chan", "alarm.raised", raised)]


@pytest.mark.parametrize("typed", [PIN, DURESS_PIN, "2581", ""])
def test_both_hashes_are_checked_whatever_was_typed(
    accounts: AccountService, guard: User, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    checked: list[str] = []
    fits = SlowHashes.fits
    monkeypatch.setattr(
        SlowHashes, "fits", lambda self, stored, secret: checked.append(stored) or fits(self, stored, secret)
    )
    accounts.check_pin(guard, typed)
    accounts.set_pin("chan", PIN)  # without a duress PIN it takes as long
    accounts.check_pin(guard, typed)
    assert [len(set(checked[:2])), len(set(checked[2:])), len(checked)] == [2, 2, 4]


def test_a_wrong_pin_is_journalled(accounts: AccountService, store: Store, guard: User) -> None:
    accounts.check_pin(guard, "1111", lane="out")
    assert told(store)[-1] == ("user chan", "user.pin_failed", {"user": guard.id, "lane": "out"})


def test_who_has_none_is_not_asked(accounts: AccountService, store: Store) -> None:
    user = accounts.add_user("lee", Role.GUARD, PASSWORD)
    entries = len(told(store))
    assert accounts.check_pin(user, "2580") is PinCheck.NONE_SET
    assert len(told(store)) == entries
    accounts.remove_user("lee")
    assert accounts.check_pin(user, "2580") is PinCheck.WRONG


def test_pins_are_taken_away_again(accounts: AccountService, store: Store, guard: User) -> None:
    accounts.set_pin("chan", PIN)
    assert accounts.check_pin(guard, DURESS_PIN) is PinCheck.WRONG
    accounts.set_pin("chan", "")
    assert accounts.check_pin(guard, PIN) is PinCheck.NONE_SET
    assert not accounts.users()[0].has_pin
    with store.read() as connection:
        assert connection.execute(select(users.c.pin_hash, users.c.duress_pin_hash)).one() == (None, None)


@pytest.mark.parametrize(
    ("pin", "duress_pin", "problems"),
    [
        ("258", "", {"pin": FieldProblem.NOT_A_PIN}),
        ("1234", "", {"pin": FieldProblem.WEAK_PIN}),
        ("2580", "abcd", {"duress_pin": FieldProblem.NOT_A_PIN}),
        ("2580", "0000", {"duress_pin": FieldProblem.WEAK_PIN}),
        ("2580", "2580", {"duress_pin": FieldProblem.PINS_ALIKE}),
        ("2580", "2589", {"duress_pin": FieldProblem.PINS_ALIKE}),
        ("2580", "2508", {"duress_pin": FieldProblem.PINS_ALIKE}),
        ("2580", "74125", {"duress_pin": FieldProblem.PINS_ALIKE}),
        ("", "2580", {"pin": FieldProblem.REQUIRED}),
        ("1111", "12", {"pin": FieldProblem.WEAK_PIN, "duress_pin": FieldProblem.NOT_A_PIN}),
    ],
)
def test_pins_that_would_not_do(
    accounts: AccountService, guard: User, pin: str, duress_pin: str, problems: dict[str, FieldProblem]
) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.set_pin("chan", pin, duress_pin)
    assert refused.value.fields == problems
    assert accounts.check_pin(guard, PIN) is PinCheck.OK


def test_nobody_gets_a_pin(accounts: AccountService) -> None:
    with pytest.raises(NotFound):
        accounts.set_pin("nobody", PIN, DURESS_PIN)


@pytest.mark.usefixtures("guard")
def test_what_is_stored_and_journalled_tells_no_pin(store: Store) -> None:
    with store.read() as connection:
        hashes = connection.execute(select(users.c.pin_hash, users.c.duress_pin_hash)).one()
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in hashes)
    types = {type_: set(payload) for _actor, type_, payload in told(store)}
    assert types["user.pin_set"] == {"user"}
