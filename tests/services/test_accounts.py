"""Accounts, sessions and API keys, over a real store."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from kiosk.clock import ClockConfidence
from kiosk.config import PanelSettings
from kiosk.domain.roles import Role
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.accounts import AccountService, User
from kiosk.services.sealing import SealingKey
from kiosk.services.secret_values import load_secret
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import api_keys, users, web_sessions
from tests.support.empty_store import open_store

PASSWORD = "correct horse battery"


class SetClock:
    """A clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic_ns(self) -> int:
        return int(self.time.timestamp() * 1e9)

    def confidence(self) -> ClockConfidence:
        return ClockConfidence.SYNCHRONISED

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    store = open_store(tmp_path / "data", clock)
    yield store
    store.close()


@pytest.fixture
def accounts(store: Store, clock: SetClock) -> AccountService:
    return AccountService(store, clock, PanelSettings(session_idle_min=30, session_h=12))


@pytest.fixture
def guard(accounts: AccountService) -> User:
    return accounts.add_user("guard", Role.GUARD, PASSWORD)


def journalled(store: Store) -> list[journal.Entry]:
    with store.read() as connection:
        return journal.after(connection, 0, 1000)


def test_the_right_password_logs_in_and_a_wrong_one_does_not(accounts: AccountService, guard: User) -> None:
    assert accounts.authenticate("guard", PASSWORD) == guard
    assert accounts.authenticate(" GUARD ", PASSWORD) == guard
    assert accounts.authenticate("guard", PASSWORD + "x") is None
    assert accounts.authenticate("guard", "") is None
    assert accounts.authenticate("guard", "x" * 100_000) is None
    assert accounts.authenticate("guard", "\ud800") is None
    assert accounts.authenticate("nobody", PASSWORD) is None


def test_a_password_is_one_however_its_accents_were_typed(accounts: AccountService) -> None:
    accounts.add_user("rene", Role.CLERK, "Ren\u00e9 et Ren\u00e9e")
    assert accounts.authenticate("rene", "Rene\u0301 et Rene\u0301e") is not None


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("", PASSWORD, "username"),
        ("a", PASSWORD, "username"),
        ("a" * 33, PASSWORD, "username"),
        ("two words", PASSWORD, "username"),
        ("陳大文", PASSWORD, "username"),
        ("-option", PASSWORD, "username"),
        ("guard", "nine char", "password"),
        ("longusername", "LongUsername", "password"),
        ("guard", "x" * 257, "password"),
    ],
)
def test_a_weak_account_is_refused(
    accounts: AccountService, store: Store, username: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.add_user(username, Role.GUARD, password)
    assert set(refused.value.fields) == {field}
    assert accounts.users() == []
    assert journalled(store) == []


def test_a_name_is_given_once(accounts: AccountService, guard: User) -> None:
    with pytest.raises(Conflict) as refused:
        accounts.add_user("Guard", Role.ADMIN, PASSWORD)
    assert refused.value.code == "user-exists"
    assert accounts.users() == [guard]


def test_the_stored_hash_is_argon2id_and_is_renewed_when_the_parameters_grow(
    accounts: AccountService, store: Store, guard: User
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with store.write() as transaction:
        transaction.connection.execute(update(users).where(users.c.id == guard.id).values(password_hash=old))
    assert accounts.authenticate("guard", PASSWORD) == guard
    with store.read() as connection:
        renewed = connection.execute(select(users.c.password_hash)).scalar_one()
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert accounts.authenticate("guard", PASSWORD) == guard


def test_a_damaged_hash_lets_nobody_in(accounts: AccountService, store: Store, guard: User) -> None:
    with store.write() as transaction:
        transaction.connection.execute(update(users).where(users.c.id == guard.id).values(password_hash="!"))
    assert accounts.authenticate("guard", PASSWORD) is None


@pytest.mark.usefixtures("guard")
def test_many_logins_at_once_all_get_their_answer(accounts: AccountService) -> None:
    start = threading.Barrier(6)

    def log_in(number: int) -> bool:
        start.wait()
        return accounts.authenticate("guard", PASSWORD if number % 2 else "wrong wrong wrong") is not None

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(log_in, range(6))) == [False, True] * 3


def test_a_session_lasts_while_it_is_used(accounts: AccountService, clock: SetClock, guard: User) -> None:
    token = accounts.open_session(guard)
    for _ in range(10):
        clock.advance(minutes=29)
        session = accounts.session(token)
        assert session is not None
        assert session.user == guard
    clock.advance(minutes=30)
    assert accounts.session(token) is None


def test_a_session_ends_after_its_longest_time_even_when_used(
    accounts: AccountService, clock: SetClock, guard: User
) -> None:
    token = accounts.open_session(guard)
    for _ in range(12 * 6 - 1):
        clock.advance(minutes=10)
        assert accounts.session(token) is not None
    clock.advance(minutes=10)
    assert accounts.session(token) is None


def test_a_page_that_refreshes_itself_keeps_no_session_alive(
    accounts: AccountService, clock: SetClock, guard: User
) -> None:
    token = accounts.open_session(guard)
    clock.advance(minutes=29)
    assert accounts.session(token, is_use=False) is not None
    clock.advance(minutes=1)
    assert accounts.session(token) is None


def test_the_last_use_is_written_at_most_once_a_minute(
    accounts: AccountService, clock: SetClock, store: Store, guard: User
) -> None:
    token = accounts.open_session(guard)
    began = clock.now()

    def last_seen() -> datetime:
        with store.read() as connection:
            return connection.execute(select(web_sessions.c.last_seen_at)).scalar_one()

    clock.advance(seconds=59)
    accounts.session(token)
    assert last_seen() == began
    clock.advance(seconds=1)
    accounts.session(token)
    assert last_seen() == clock.now()


def test_logging_out_ends_the_session_once(accounts: AccountService, store: Store, guard: User) -> None:
    token, other = accounts.open_session(guard), accounts.open_session(guard)
    accounts.close_session(token)
    accounts.close_session(token)
    assert accounts.session(token) is None
    assert accounts.session(other) is not None
    assert [entry.type for entry in journalled(store)].count("user.logged_out") == 1


def test_ended_sessions_are_forgotten_at_the_next_login(
    accounts: AccountService, clock: SetClock, store: Store, guard: User
) -> None:
    accounts.open_session(guard)
    clock.advance(hours=1)
    accounts.open_session(guard)
    with store.read() as connection:
        assert len(connection.execute(select(web_sessions)).all()) == 1


def test_a_new_password_and_a_removal_end_the_sessions(accounts: AccountService, guard: User) -> None:
    token = accounts.open_session(guard)
    accounts.set_password("guard", "another long one")
    assert accounts.session(token) is None
    assert accounts.authenticate("guard", PASSWORD) is None
    token = accounts.open_session(guard)
    accounts.remove_user("guard")
    assert accounts.session(token) is None
    assert accounts.authenticate("guard", "another long one") is None
    for change in (lambda: accounts.remove_user("guard"), lambda: accounts.set_password("guard", PASSWORD)):
        with pytest.raises(NotFound):
            change()


def test_only_digests_of_tokens_and_keys_are_stored(accounts: AccountService, store: Store, guard: User) -> None:
    token, key = accounts.open_session(guard), accounts.make_api_key("lift controller")
    with store.read() as connection:
        rows = str([connection.execute(select(table)).all() for table in (web_sessions, api_keys, users)])
    for secret in (token, key, PASSWORD):
        assert secret not in rows


def test_a_key_is_known_by_its_text_only(accounts: AccountService) -> None:
    key = accounts.make_api_key("lift controller")
    found = accounts.verify_api_key(key)
    assert found is not None
    assert (found.name, found.actor) == ("lift controller", "api lift controller")
    for text in ("", key[:-1], key + "x", found.id, "\ud800"):
        assert accounts.verify_api_key(text) is None


@pytest.mark.parametrize(("name", "problem"), [(" ", FieldProblem.REQUIRED), ("x" * 65, FieldProblem.TOO_LONG)])
def test_a_key_has_a_name(accounts: AccountService, name: str, problem: FieldProblem) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.make_api_key(name)
    assert refused.value.fields == {"name": problem}


def test_the_journal_tells_who_and_never_what_was_typed(accounts: AccountService, store: Store, guard: User) -> None:
    accounts.authenticate("guard", "a wrong password")
    accounts.authenticate("hunter2hunter2", "another wrong one")
    accounts.close_session(accounts.open_session(guard))
    entries = journalled(store)
    assert [(entry.type, entry.actor, dict(entry.payload)) for entry in entries] == [
        ("user.added", "system", {"user": guard.id, "role": "guard"}),
        ("user.login_failed", "system", {"user": guard.id}),
        ("user.login_failed", "system", {}),
        ("user.logged_in", "user guard", {"user": guard.id}),
        ("user.logged_out", "user guard", {"user": guard.id}),
    ]
    assert "hunter2" not in json.dumps([dict(entry.payload) for entry in entries])


def test_a_secret_stays_until_its_sealing_key_is_lost(store: Store) -> None:
    sealing = SealingKey(b"k" * 32)
    secret = load_secret(store, sealing, "web")
    assert len(secret) == 32
    assert load_secret(store, sealing, "web") == secret
    assert load_secret(store, sealing, "other") != secret
    replaced = load_secret(store, SealingKey(b"l" * 32), "web")
    assert replaced != secret
    assert load_secret(store, SealingKey(b"l" * 32), "web") == replaced
