"""Accounts of the panel, their sessions, and the keys of programs.

Passwords and PINs are kept as slow hashes (`kiosk.services.passwords`). Session tokens and API keys are random, 256
bits long, and stored as their SHA-256 only: there is nothing in them to guess.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from kiosk.clock import Clock
from kiosk.config import PanelSettings
from kiosk.domain.access import CredentialState
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.ids import new_id
from kiosk.domain.pins import PinCheck, are_mistakable, is_guessed_first, is_pin
from kiosk.domain.roles import Role
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.alarms import raise_within
from kiosk.services.passwords import SlowHashes
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import api_keys, cards, users, web_sessions

MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 256
SEEN_EVERY: Final = timedelta(minutes=1)
"""How precisely a session's last use is known: a write for every request would wear out the card."""

_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_KEY_PREFIX: Final = "gh_"
_SYSTEM: Final = "system"

_IS_OWN_CARD: Final = (cards.c.state == CredentialState.ACTIVE.value, ~cards.c.for_visits, cards.c.carrier == "")
"""A card that is somebody's own: neither lent to visitors nor a courier's."""


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Attributes:
        username: lower case.
        has_pin: it is asked for a PIN where something opens.
        card_id: the card by which this person signs; None without one. Whether that card is good now, `user_of_card`
            tells.
    """

    id: str
    username: str
    role: Role
    has_pin: bool = False
    card_id: str | None = None

    @property
    def actor(self) -> str:
        """What the journal calls this person."""
        return f"user {self.username}"


@dataclass(frozen=True, slots=True)
class Session:
    """A login that holds at this moment. It ends at `ends_at` in any case, and sooner when it is not used."""

    user: User
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key, without the key."""

    id: str
    name: str

    @property
    def actor(self) -> str:
        """What the journal calls this program."""
        return f"api {self.name}"


class AccountService:
    """Who may use the panel and the API. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, settings: PanelSettings) -> None:
        self._store = store
        self._clock = clock
        self._idle = timedelta(minutes=settings.session_idle_min)
        self._longest = timedelta(hours=settings.session_h)
        self._hashes = SlowHashes()

    # --- accounts ---

    def add_user(self, username: str, role: Role, password: str) -> User:
        """Make an account.

        Raises:
            Invalid: `username` is not 2 to 32 letters, digits, dots and dashes, or the password is weak.
            Conflict: `user-exists`: the name is taken.
        """
        username = username.strip().lower()
        if not _USERNAME.fullmatch(username):
            raise Invalid({"username": FieldProblem.NOT_A_USERNAME})
        password_hash = self._hash(_checked(password, username))
        with self._store.write() as transaction:
            if transaction.connection.execute(select(users.c.id).where(users.c.username == username)).first():
                raise Conflict("user-exists", f"There is an account {username} already.")
            user = User(new_id(transaction.now), username, role)
            transaction.connection.execute(
                insert(users),
                {
                    "id": user.id, "username": username, "role": role.value,
                    "password_hash": password_hash, "created_at": transaction.now,
                },
            )  # fmt: skip
            transaction.record(_SYSTEM, "user.added", {"user": user.id, "role": role.value})
        return user

    def set_password(self, username: str, password: str) -> None:
        """Give an account a new password and end its sessions.

        Raises:
            Invalid: the password is weak.
            NotFound: there is no such account.
        """
        username = username.strip().lower()
        password_hash = self._hash(_checked(password, username))
        with self._store.write() as transaction:
            user = _require_user(transaction, username)
            transaction.connection.execute(delete(web_sessions).where(web_sessions.c.user_id == user.id))
            transaction.connection.execute(
                update(users).where(users.c.id == user.id).values(password_hash=password_hash)
            )
            transaction.record(_SYSTEM, "user.password_set", {"user": user.id})

    def remove_user(self, username: str) -> None:
        """Remove an account and end its sessions. What it did stays in the journal.

        Raises:
            NotFound: there is no such account.
        """
        with self._store.write() as transaction:
            user = _require_user(transaction, username.strip().lower())
            transaction.connection.execute(delete(web_sessions).where(web_sessions.c.user_id == user.id))
            transaction.connection.execute(delete(users).where(users.c.id == user.id))
            transaction.record(_SYSTEM, "user.removed", {"user": user.id})

    def users(self) -> list[User]:
        """All accounts by name."""
        with self._store.read() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.username))]

    def authenticate(self, username: str, password: str) -> User | None:
        """Check a name and a password; None when they do not belong together, whichever of them is wrong.

        An unknown name costs the same work as a wrong password. Blocks for the time of one hash and, when others are
        at it, for their time too: call it from a request's thread.

        Raises:
            Unavailable: `busy`: too many logins at once.
        """
        username = username.strip().lower()
        with self._store.read() as connection:
            row = connection.execute(select(users).where(users.c.username == username)).first()
        with self._hashes.slot():
            stored = row.password_hash if row is not None else self._hashes.of_nobody()
            fits = len(password) <= MAX_PASSWORD and self._hashes.fits(stored, password)
            renewed = ""
            if fits and row is not None and self._hashes.is_outdated(stored):
                renewed = self._hashes.make(password)
        if row is None or not fits:
            with self._store.write() as transaction:
                # A name nobody has is often a password typed into the wrong field: it is never written down.
                transaction.record(_SYSTEM, "user.login_failed", {"user": row.id} if row is not None else {})
            return None
        if renewed:
            with self._store.write() as transaction:
                transaction.connection.execute(
                    update(users)
                    .where(users.c.id == row.id, users.c.password_hash == stored)
                    .values(password_hash=renewed)
                )
        return _user(row)

    # --- PINs ---

    def set_pin(self, username: str, pin: str, duress_pin: str = "") -> None:
        """Give an account a PIN, and one that opens as well and alarms silently; empty ones are taken away.

        Raises:
            Invalid: one is not of 4 to 8 digits or anybody would try it first, they are so alike that a slip of the
                finger makes one of the other, or there is a duress PIN and no PIN.
            NotFound: there is no such account.
        """
        problems = {
            name: problem
            for name, typed in (("pin", pin), ("duress_pin", duress_pin))
            if typed and (problem := _pin_problem(typed)) is not None
        }
        if duress_pin and not pin:
            problems["pin"] = FieldProblem.REQUIRED
        elif not problems and duress_pin and are_mistakable(pin, duress_pin):
            problems["duress_pin"] = FieldProblem.PINS_ALIKE
        if problems:
            raise Invalid(problems)
        hashes = {
            "pin_hash": self._hash(pin) if pin else None,
            "duress_pin_hash": self._hash(duress_pin) if duress_pin else None,
        }
        with self._store.write() as transaction:
            user = _require_user(transaction, username.strip().lower())
            transaction.connection.execute(update(users).where(users.c.id == user.id).values(hashes))
            # Whether there is a duress PIN is nobody's business who reads the journal.
            transaction.record(_SYSTEM, "user.pin_set" if pin else "user.pin_removed", {"user": user.id})

    def check_pin(self, user: User, pin: str, *, lane: str = "") -> PinCheck:
        """Check the PIN of somebody who is logged in. The duress PIN's alarm is raised here, so that nobody forgets it.

        The caller treats DURESS exactly as OK. Both hashes are always checked and one transaction is always written, so
        that neither answer takes longer. Blocks for the time of two hashes: call it from a request's thread.

        Args:
            lane: where it is to open something; empty when it is for something else.

        Raises:
            Unavailable: `busy`: too many logins at once.
        """
        with self._store.read() as connection:
            row = connection.execute(select(users).where(users.c.id == user.id)).first()
        if row is None or row.pin_hash is None:
            return PinCheck.NONE_SET if row is not None else PinCheck.WRONG
        typed = pin if is_pin(pin) else ""
        with self._hashes.slot():
            is_right = self._hashes.fits(row.pin_hash, typed)
            is_duress = self._hashes.fits(row.duress_pin_hash or self._hashes.of_nobody(), typed)
        subject = {"user": user.id, **({"lane": lane} if lane else {})}
        with self._store.write() as transaction:
            if not (is_right or is_duress):
                transaction.record(user.actor, "user.pin_failed", subject)
                return PinCheck.WRONG
            transaction.record(user.actor, "user.pin_confirmed", subject)
            if is_duress:
                raise_within(transaction, AlarmKind.DURESS, lane, actor=user.actor, user=user.id)
        return PinCheck.DURESS if is_duress else PinCheck.OK

    # --- cards ---

    def set_card(self, username: str, card_id: str | None) -> None:
        """Say by which card of the register somebody signs; None: by none.

        Raises:
            NotFound: there is no such account, or no such card.
            Conflict: `card-not-good`: it is not active, or one that is lent to visitors; `card-of-another`: somebody
                else signs by it.
        """
        with self._store.write() as transaction:
            user = _require_user(transaction, username.strip().lower())
            if card_id is not None:
                _require_own_card(transaction, card_id, user)
            transaction.connection.execute(update(users).where(users.c.id == user.id).values(card_id=card_id))
            if card_id is not None:
                transaction.record(_SYSTEM, "user.card_set", {"user": user.id, "card": card_id})
            elif user.card_id is not None:
                transaction.record(_SYSTEM, "user.card_removed", {"user": user.id, "card": user.card_id})

    def user_of_card(self, card_id: str) -> User | None:
        """Who signs by this card; None when nobody does, or the card is not active."""
        query = select(users).join(cards, cards.c.id == users.c.card_id)
        with self._store.read() as connection:
            row = connection.execute(query.where(users.c.card_id == card_id, *_IS_OWN_CARD)).first()
        return _user(row) if row is not None else None

    # --- sessions ---

    def open_session(self, user: User) -> str:
        """Begin a session; returns its token, which is shown to nobody but the browser that keeps it."""
        token = secrets.token_urlsafe(32)
        with self._store.write() as transaction:
            self._forget_ended(transaction)
            transaction.connection.execute(
                insert(web_sessions),
                {
                    "token_hash": _digest(token), "user_id": user.id,
                    "created_at": transaction.now, "last_seen_at": transaction.now,
                },
            )  # fmt: skip
            transaction.record(user.actor, "user.logged_in", {"user": user.id})
        return token

    def session(self, token: str, *, is_use: bool = True) -> Session | None:
        """The session of a token while it lasts.

        Args:
            is_use: somebody did something, which keeps the session alive. A page that refreshes itself is no use: a
                screen left alone must come to its end.
        """
        now = self._clock.now()
        digest = _digest(token)
        query = (
            select(users, web_sessions.c.created_at.label("began_at"), web_sessions.c.last_seen_at)
            .join(users, users.c.id == web_sessions.c.user_id)
            .where(web_sessions.c.token_hash == digest)
        )
        with self._store.read() as connection:
            row = connection.execute(query).first()
        if row is None or now >= row.began_at + self._longest or now >= row.last_seen_at + self._idle:
            return None
        if is_use and now - row.last_seen_at >= min(SEEN_EVERY, self._idle / 2):
            with self._store.write() as transaction:
                transaction.connection.execute(
                    update(web_sessions).where(web_sessions.c.token_hash == digest).values(last_seen_at=now)
                )
        return Session(_user(row), row.began_at + self._longest)

    def close_session(self, token: str) -> None:
        """End a session; does nothing when it has ended already."""
        digest = _digest(token)
        query = select(users).join(web_sessions, users.c.id == web_sessions.c.user_id)
        with self._store.write() as transaction:
            row = transaction.connection.execute(query.where(web_sessions.c.token_hash == digest)).first()
            if row is None:
                return
            transaction.connection.execute(delete(web_sessions).where(web_sessions.c.token_hash == digest))
            transaction.record(_user(row).actor, "user.logged_out", {"user": row.id})

    # --- programs ---

    def make_api_key(self, name: str) -> str:
        """Make a key for a program; returns its text, which cannot be had again.

        Raises:
            Invalid: the name is empty or longer than 64 characters.
        """
        name = name.strip()
        if not name or len(name) > 64:
            raise Invalid({"name": FieldProblem.TOO_LONG if name else FieldProblem.REQUIRED})
        key = _KEY_PREFIX + secrets.token_urlsafe(32)
        with self._store.write() as transaction:
            key_id = new_id(transaction.now)
            transaction.connection.execute(
                insert(api_keys),
                {"id": key_id, "name": name, "key_hash": _digest(key), "created_at": transaction.now},
            )
            transaction.record(_SYSTEM, "api_key.made", {"api_key": key_id})
        return key

    def verify_api_key(self, text: str) -> ApiKey | None:
        """The key whose text this is; None when there is none."""
        with self._store.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.key_hash == _digest(text))).first()
        return ApiKey(row.id, row.name) if row else None

    # --- within ---

    def _hash(self, secret: str) -> str:
        with self._hashes.slot():
            return self._hashes.make(secret)

    def _forget_ended(self, transaction: Transaction) -> None:
        transaction.connection.execute(
            delete(web_sessions).where(
                (web_sessions.c.created_at <= transaction.now - self._longest)
                | (web_sessions.c.last_seen_at <= transaction.now - self._idle)
            )
        )


def _checked(password: str, username: str) -> str:
    if len(password) > MAX_PASSWORD:
        raise Invalid({"password": FieldProblem.TOO_LONG})
    if len(password) < MIN_PASSWORD or password.strip().lower() == username:
        raise Invalid({"password": FieldProblem.WEAK_PASSWORD})
    return password


def _pin_problem(pin: str) -> FieldProblem | None:
    if not is_pin(pin):
        return FieldProblem.NOT_A_PIN
    return FieldProblem.WEAK_PIN if is_guessed_first(pin) else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def end_card_within(transaction: Transaction, card_id: str, *, actor: str) -> None:
    """Let nobody sign by a card any more that is another's now, or nobody's; does nothing where nobody does."""
    row = transaction.connection.execute(select(users.c.id).where(users.c.card_id == card_id)).first()
    if row is not None:
        transaction.connection.execute(update(users).where(users.c.id == row.id).values(card_id=None))
        transaction.record(actor, "user.card_removed", {"user": row.id, "card": card_id})


def _require_own_card(transaction: Transaction, card_id: str, user: User) -> None:
    if transaction.connection.execute(select(cards.c.id).where(cards.c.id == card_id)).first() is None:
        raise NotFound("card")
    if transaction.connection.execute(select(cards.c.id).where(cards.c.id == card_id, *_IS_OWN_CARD)).first() is None:
        raise Conflict("card-not-good", "This card is not active, or it is nobody's own.")
    others = select(users.c.id).where(users.c.card_id == card_id, users.c.id != user.id)
    if transaction.connection.execute(others).first() is not None:
        raise Conflict("card-of-another", "Somebody else signs by this card.")


def _require_user(transaction: Transaction, username: str) -> User:
    row = transaction.connection.execute(select(users).where(users.c.username == username)).first()
    if row is None:
        raise NotFound("account")
    return _user(row)


def _user(row: Row[Any]) -> User:
    return User(row.id, row.username, Role(row.role), row.pin_hash is not None, row.card_id)
