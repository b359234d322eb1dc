"""`user`: accounts made, given passwords and PINs, and removed, from a pipe as from a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.clock import SystemClock
from kiosk.config import PanelSettings
from kiosk.domain.pins import PinCheck
from kiosk.services.accounts import AccountService
from kiosk.services.sealing import CREDENTIAL_NAME, key_path
from kiosk.store.database import Store
from tests.support.desk import UNIT, open_desk

PASSWORD, OTHER = "correct horse battery", "another horse entirely"


class Terminal:
    """Runs commands on one data directory, with what is typed handed to standard input."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = data
        self._monkeypatch = monkeypatch

    def user(self, *arguments: str, typed: str = "", stdin: type[io.StringIO] = io.StringIO) -> int | str | None:
        self._monkeypatch.setattr("sys.stdin", stdin(typed))
        try:
            return main(["user", *arguments, "--data", str(self.data)])
        except SystemExit as ended:
            return ended.code

    def accounts(self) -> AccountService:
        store = Store(self.data, SystemClock())
        store.migrate()
        return AccountService(store, SystemClock(), PanelSettings())


class Keyboard(io.StringIO):
    """A standard input that somebody sits at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal(tmp_path / "data", monkeypatch)
    assert terminal.user("add", "chan", "--role", "guard", typed=f"{PASSWORD}\n") == 0
    return terminal


def test_an_account_is_made_given_another_password_and_removed(terminal: Terminal, capsys) -> None:
    accounts = terminal.accounts()
    assert accounts.authenticate("chan", PASSWORD) is not None
    assert terminal.user("password", "chan", typed=f"{OTHER}\n") == 0
    assert accounts.authenticate("chan", PASSWORD) is None
    assert accounts.authenticate("chan", OTHER) is not None
    assert terminal.user("remove", "chan") == 0
    assert accounts.users() == []
    assert capsys.readouterr().out.splitlines() == [
        "chan has a new password and has to log in again.",
        "chan may not log in any more.",
    ]


def test_pins_come_in_two_lines_and_go_with_an_empty_one(terminal: Terminal) -> None:
    accounts = terminal.accounts()
    (chan,) = accounts.users()
    assert terminal.user("pin", "chan", typed="2580\n2749\n") == 0
    assert [accounts.check_pin(chan, pin) for pin in ("2580", "2749")] == [PinCheck.OK, PinCheck.DURESS]
    assert terminal.user("pin", "chan", typed="2580\n") == 0
    assert accounts.check_pin(chan, "2749") is PinCheck.WRONG
    assert terminal.user("pin", "chan", typed="\n") == 0
    assert accounts.check_pin(chan, "2580") is PinCheck.NONE_SET


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("pin", "chan"), "2580\n2581\n", "duress_pin: pins-alike"),
        (("pin", "chan"), "1234\n", "pin: weak-pin"),
        (("pin", "nobody"), "2580\n", "There is no such account."),
        (("password", "chan"), "short\n", "password: weak-password"),
        (("password", "nobody"), f"{OTHER}\n", "There is no such account."),
        (("remove", "nobody"), "", "There is no such account."),
        (("add", "chan", "--role", "guard"), f"{OTHER}\n", "There is an account chan already."),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    terminal: Terminal, capsys, arguments: tuple[str, ...], typed: str, said: str
) -> None:
    assert terminal.user(*arguments, typed=typed) == 1
    told = capsys.readouterr().err
    assert said in told
    assert not {"2580", "2581", "1234", OTHER} & set(told.split())
    assert terminal.accounts().authenticate("chan", PASSWORD) is not None


def test_at_a_terminal_it_is_asked_for_twice(terminal: Terminal, monkeypatch, capsys) -> None:
    answers = iter(["2580", "2580", "2749", "2749"])
    asked: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or next(answers))
    assert terminal.user("pin", "chan", stdin=Keyboard) == 0
    assert len(asked) == 4
    answers = iter(["2580", "2508"])
    assert terminal.user("pin", "chan", stdin=Keyboard) == 1
    assert "differ" in capsys.readouterr().err


def test_a_store_whose_sealing_key_is_elsewhere_is_left_alone(terminal: Terminal, monkeypatch, capsys) -> None:
    key = key_path(terminal.data, None)
    elsewhere = terminal.data.with_name("credentials") / CREDENTIAL_NAME
    elsewhere.parent.mkdir()
    key.rename(elsewhere)
    assert terminal.user("remove", "chan") == 1
    assert f"no sealing key {key}" in capsys.readouterr().err
    assert not key.exists()
    assert terminal.accounts().authenticate("chan", PASSWORD) is not None

    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(elsewhere.parent))
    assert terminal.user("remove", "chan") == 0
    assert terminal.accounts().users() == []


def test_a_card_is_found_by_its_number_and_taken_back(
    terminal: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_desk(tmp_path) as desk:
        card = desk.cards.add(actor="user clerk", uid="04A1B2C3", holder="陳保安", unit=UNIT)
    assert terminal.user("card", "chan", "04:A1:B2:C3") == 0
    found = terminal.accounts().user_of_card(card.id)
    assert found is not None
    assert found.username == "chan"
    for arguments, problem in (
        (("chan", "11223344"), "No card on record has this number."),
        (("nobody", "--none"), "There is no such account."),
        (("chan",), "one of the arguments"),
    ):
        assert terminal.user("card", *arguments) != 0
        assert problem in capsys.readouterr().err
    assert terminal.user("card", "chan", "--none") == 0
    assert terminal.accounts().user_of_card(card.id) is None
