"""Time profiles on record: what the card office calls by a name and gives to cards."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kiosk.domain.ids import new_id
from kiosk.domain.text import can_be_seen, is_one_line, same_name
from kiosk.domain.time_profiles import TimeProfile, profile_from
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.store.database import Store
from kiosk.store.tables import cards, time_profiles

MAX_NAME: Final = 64
MAX_PROFILES: Final = 100
"""More than any estate tells apart; all of them are shown on one page and told in one answer."""
_COUNT: Final = select(func.count()).select_from(time_profiles)


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A time profile on record."""

    id: str
    name: str
    profile: TimeProfile


class TimeProfileService:
    """The time profiles of the estate. Safe to use from any thread.

    What admission asks for is kept in memory; by the time a change returns, nobody is judged by what was before.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: dict[str, NamedProfile] = {}
        self._changes = 0

    def all(self) -> list[NamedProfile]:
        """Every profile, by name."""
        with self._store.read() as connection:
            return [_named(row) for row in connection.execute(select(time_profiles).order_by(time_profiles.c.name))]

    def get(self, profile_id: str) -> NamedProfile:
        """The profile of that id.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            return _named(_row(connection, profile_id))

    def uses(self) -> Mapping[str, int]:
        """How many cards have each profile, whatever their state; a profile that none has is not there."""
        counted = select(cards.c.time_profile_id, func.count()).where(cards.c.time_profile_id.is_not(None))
        with self._store.read() as connection:
            return {row[0]: row[1] for row in connection.execute(counted.group_by(cards.c.time_profile_id))}

    def profile_of(self, profile_id: str) -> NamedProfile:
        """The same as `get` for whoever has no time: as a rule without asking the database.

        May be called within a write: it waits for no lock of the store.
        """
        with self._lock:
            kept, changes = self._kept.get(profile_id), self._changes
        if kept is not None:
            return kept
        # By a view of its own that begins now: one that was there before may be older than the last change.
        found = self.get(profile_id)
        with self._lock:
            if changes == self._changes:  # else it may have been read before a change that has come about since
                self._kept[profile_id] = found
        return found

    def add(self, *, actor: str, name: str, profile: TimeProfile) -> NamedProfile:
        """Put a profile on record.

        Raises:
            Invalid: the name is empty, too long, not one line, or another profile's.
            Conflict: `too-many-profiles`.
        """
        name = _checked(name)
        with self._store.write() as transaction:
            _require_free(transaction.connection, name)
            if transaction.connection.execute(_COUNT).scalar_one() >= MAX_PROFILES:
                raise Conflict("too-many-profiles", "There are as many time profiles as this gate keeps.")
            added = NamedProfile(new_id(transaction.now), name, profile)
            transaction.connection.execute(
                insert(time_profiles),
                {"id": added.id, "name": name, "days": profile.as_record(), "created_at": transaction.now},
            )
            transaction.record(actor, "time_profile.added", {"time_profile": added.id})
        return added

    def change(self, profile_id: str, *, actor: str, name: str, profile: TimeProfile) -> NamedProfile:
        """Give a profile this name and these hours; they hold from the next tap on. Repeating it changes nothing more.

        Raises:
            NotFound: there is none of that id.
            Invalid: as for `add`.
        """
        name = _checked(name)
        with self._store.write() as transaction:
            row = _row(transaction.connection, profile_id)
            _require_free(transaction.connection, name, but=profile_id)
            values = {"name": name, "days": profile.as_record()}
            if (row.name, row.days) != (name, values["days"]):
                transaction.connection.execute(
                    update(time_profiles).where(time_profiles.c.id == profile_id).values(values)
                )
                transaction.record(actor, "time_profile.changed", {"time_profile": profile_id})
                transaction.after_commit(self._forget)
        return NamedProfile(profile_id, name, profile)

    def remove(self, profile_id: str, *, actor: str) -> None:
        """Take a profile off the record.

        Raises:
            NotFound: there is none of that id.
            Conflict: `profile-in-use`: a card has it, be it only a lost or returned one.
        """
        with self._store.write() as transaction:
            _row(transaction.connection, profile_id)
            in_use = select(cards.c.id).where(cards.c.time_profile_id == profile_id).limit(1)
            if transaction.connection.execute(in_use).first() is not None:
                raise Conflict("profile-in-use", "A card has this time profile. Give it another one first.")
            transaction.connection.execute(delete(time_profiles).where(time_profiles.c.id == profile_id))
            transaction.record(actor, "time_profile.removed", {"time_profile": profile_id})
            transaction.after_commit(self._forget)

    def _forget(self) -> None:
        with self._lock:
            self._changes += 1
            self._kept.clear()


def _checked(name: str) -> str:
    name = name.strip()
    if not can_be_seen(name):
        raise Invalid({"name": FieldProblem.REQUIRED})
    if len(name) > MAX_NAME:
        raise Invalid({"name": FieldProblem.TOO_LONG})
    if not is_one_line(name):
        raise Invalid({"name": FieldProblem.NOT_ONE_LINE})
    return name


def _require_free(connection: Connection, name: str, *, but: str = "") -> None:
    taken = connection.execute(select(time_profiles.c.name).where(time_profiles.c.id != but)).scalars()
    if any(other == name or same_name(other, name) for other in taken):
        raise Invalid({"name": FieldProblem.TAKEN})


def _row(connection: Connection, profile_id: str) -> Row[Any]:
    row = connection.execute(select(time_profiles).where(time_profiles.c.id == profile_id)).first()
    if row is None:
        raise NotFound("time profile")
    return row


def _named(row: Row[Any]) -> NamedProfile:
    return NamedProfile(row.id, row.name, profile_from(row.days))
