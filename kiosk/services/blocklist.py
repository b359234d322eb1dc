"""The blocklist: people, telephone numbers and plates that are not to be let in.

An entry ends and is never deleted here: who was held up by it, and why, has to be told afterwards. The journal names
entries by their ids; whom they mean and the reason stand in the table, from which they can be purged.

Residents are not looked up in it. A resident who is not to use the gate has a card that is suspended: an entry here
would keep out whoever visits under the same name, and would not stop the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final, TypedDict

from sqlalchemy import ColumnElement, Connection, Row, false, func, insert, literal, or_, select, update

from kiosk.domain.blocklist import BlockState, Trait, Traits, common_traits, is_certain
from kiosk.domain.ids import new_id
from kiosk.domain.phones import phone_tail
from kiosk.domain.text import is_one_line, phone_digits, plate_key, search_tokens
from kiosk.domain.visits import Visit, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.paging import Page, cut
from kiosk.services.register import require_visit, visit_from
from kiosk.services.visit_input import MAX_CHARACTERS, is_phone
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import blocklist, visits

MAX_REASON_CHARACTERS: Final = 200
_MAX_QUERY_CHARACTERS: Final = 80
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Through the driver, as the journal's entries: this stands between a pass and its gate, and what SQLAlchemy does for
# a statement costs more than the three look-ups.
_LOOK_UP: Final = " UNION ALL ".join(
    f"SELECT id, seq, name, phone, vehicle_plate, ends_at FROM blocklist WHERE removed_at IS NULL AND {key} = ?"  # noqa: S608 - the columns are ours
    for key in ("name_key", "phone_tail", "plate_key")
)


@dataclass(frozen=True, slots=True)
class Block:
    """Somebody is on the blocklist: by which entry, and by what it matches. A name alone is only *perhaps* the one."""

    id: str
    traits: frozenset[Trait]

    @property
    def is_certain(self) -> bool:
        """Whether it is the one that is meant, and not a namesake."""
        return is_certain(self.traits)


@dataclass(frozen=True, slots=True)
class BlocklistEntry:
    """An entry. `removed_at` and `removed_by` are None until somebody has taken it off the list."""

    seq: int
    id: str
    name: str
    phone: str
    vehicle_plate: str
    reason: str
    added_by: str
    created_at: datetime
    ends_at: datetime | None
    removed_at: datetime | None
    removed_by: str | None

    @property
    def traits(self) -> Traits:
        """By what the person is known."""
        return Traits(self.name, self.phone, self.vehicle_plate)

    def state(self, now: datetime) -> BlockState:
        """Where the entry stands."""
        is_over = self.removed_at is not None or (self.ends_at is not None and self.ends_at <= now)
        return BlockState.ENDED if is_over else BlockState.ACTIVE


class BlockChanges(TypedDict, total=False):
    """What changes about an entry; what is left out stays."""

    name: str
    phone: str
    vehicle_plate: str
    reason: str
    ends_at: datetime | None


class VisitorBlocked(Conflict):
    """A visitor is on the blocklist, and whoever lets them in has to say why. `entry_id` is the entry."""

    def __init__(self, entry_id: str) -> None:
        super().__init__("visitor-blocked", "The visitor is on the blocklist; letting them in needs a reason.")
        self.entry_id = entry_id


def find_block(connection: Connection, *, name: str, phone: str = "", plate: str = "", now: datetime) -> Block | None:
    """Look somebody up; of several entries the one that matches most surely, then the oldest.

    Three look-ups in an index, one for each of name, phone and plate; what is empty matches nothing.
    """
    seen = Traits(name, phone, plate)
    keys = _keys(seen)
    # One row a key by which it was found: the same entry may come three times.
    rows = connection.connection.cursor().execute(_LOOK_UP, (keys["name_key"], keys["phone_tail"], keys["plate_key"]))
    now_us = (now - _EPOCH) // timedelta(microseconds=1)
    found: dict[int, Block] = {}
    for entry_id, seq, name_, phone_, plate_, ends_at_us in rows.fetchall():
        traits = common_traits(Traits(name_, phone_, plate_), seen)
        if traits and (ends_at_us is None or ends_at_us > now_us):
            found[seq] = Block(entry_id, traits)
    if not found:
        return None
    return found[min(found, key=lambda seq: (not found[seq].is_certain, -len(found[seq].traits), seq))]


def blocked_by(connection: Connection, *, name: str, phone: str = "", plate: str = "", now: datetime) -> str | None:
    """The id of the entry that keeps somebody out, surely or perhaps; None when there is none."""
    block = find_block(connection, name=name, phone=phone, plate=plate, now=now)
    return block.id if block is not None else None


def journalled_block(entry_id: str | None) -> dict[str, Any]:
    """What a journal entry about a visit says of the blocklist."""
    return {} if entry_id is None else {"blocked": True, "blocklist": entry_id}


class BlocklistService:
    """The blocklist as the surfaces use it. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        *,
        actor: str,
        reason: str,
        name: str = "",
        phone: str = "",
        vehicle_plate: str = "",
        ends_at: datetime | None = None,
        visit_id: str | None = None,
    ) -> BlocklistEntry:
        """Put somebody on the list. Who matches and waits at the gate by now is held up as well.

        Args:
            ends_at: the entry ends by itself then; None, when somebody ends it.
            visit_id: the visit that was the occasion; its history tells.

        Raises:
            Invalid: with every field at fault; `name` when there is neither a name nor a phone nor a plate.
            NotFound: there is no such visit.
            Conflict: `already-blocked`: the same name, phone and plate are on the list.
        """
        person = Traits(name.strip(), phone.strip(), vehicle_plate.strip())
        reason = reason.strip()
        with self._store.write() as transaction:
            _check(person, reason, ends_at, transaction.now)
            if visit_id is not None:
                require_visit(transaction.connection, visit_id)
            _refuse_repeat(transaction, person)
            entry_id = new_id(transaction.now)
            transaction.connection.execute(
                insert(blocklist),
                {
                    "id": entry_id, **as_columns(person), "reason": reason, "added_by": actor,
                    "created_at": transaction.now, "ends_at": ends_at,
                },
            )  # fmt: skip
            payload = {"blocklist": entry_id, **({"visit": visit_id} if visit_id is not None else {})}
            transaction.record(actor, "blocklist.added", payload)
            _hold_up_waiting(transaction, actor)
            return _require(transaction.connection, entry_id)

    def change(self, entry_id: str, changes: BlockChanges, *, actor: str) -> BlocklistEntry:
        """Change an entry that nobody has taken off the list; one whose time is up may be given more.

        Raises:
            NotFound: there is none of that id.
            Conflict: `already-removed`.
            Invalid: as `add`, of what the entry would be.
        """
        with self._store.write() as transaction:
            entry = _require_listed(transaction.connection, entry_id)
            changed = replace(
                entry,
                name=changes.get("name", entry.name).strip(),
                phone=changes.get("phone", entry.phone).strip(),
                vehicle_plate=changes.get("vehicle_plate", entry.vehicle_plate).strip(),
                reason=changes.get("reason", entry.reason).strip(),
                ends_at=changes.get("ends_at", entry.ends_at),
            )
            if changed != entry:
                ends_at = changed.ends_at if changed.ends_at != entry.ends_at else None
                _check(changed.traits, changed.reason, ends_at, transaction.now)
                transaction.connection.execute(
                    update(blocklist)
                    .where(blocklist.c.id == entry_id)
                    .values(**as_columns(changed.traits), reason=changed.reason, ends_at=changed.ends_at)
                )
                transaction.record(actor, "blocklist.changed", {"blocklist": entry_id})
                _hold_up_waiting(transaction, actor)
        return changed

    def remove(self, entry_id: str, *, actor: str) -> BlocklistEntry:
        """Take an entry off the list; its record stays.

        Raises:
            NotFound: there is none of that id.
            Conflict: `already-removed`.
        """
        with self._store.write() as transaction:
            _require_listed(transaction.connection, entry_id)
            transaction.connection.execute(
                update(blocklist).where(blocklist.c.id == entry_id).values(removed_at=transaction.now, removed_by=actor)
            )
            transaction.record(actor, "blocklist.removed", {"blocklist": entry_id})
            return _require(transaction.connection, entry_id)

    def get(self, entry_id: str) -> BlocklistEntry:
        """One entry.

        Raises:
            NotFound: there is none of that id.
        """
        with self._store.read() as connection:
            return _require(connection, entry_id)

    def page(
        self, state: BlockState | None, query: str, *, now: datetime, after: int | None, limit: int
    ) -> Page[BlocklistEntry]:
        """Entries in that state, newest first; `after` is `next_after` of the page before.

        The query is a name or part of one, four or more last digits of a phone, or the start of a plate. Every row is
        looked at: the list is short, and a person reads it.
        """
        wanted = select(blocklist).order_by(blocklist.c.seq.desc()).limit(limit + 1)
        is_active = blocklist.c.removed_at.is_(None) & or_(blocklist.c.ends_at.is_(None), blocklist.c.ends_at > now)
        if state is not None:
            wanted = wanted.where(is_active if state is BlockState.ACTIVE else ~is_active)
        if after is not None:
            wanted = wanted.where(blocklist.c.seq < after)
        if query.strip():
            wanted = wanted.where(_meant_by(query[:_MAX_QUERY_CHARACTERS].strip()))
        with self._store.read() as connection:
            rows = [_entry(row) for row in connection.execute(wanted)]
        return cut(rows, limit, lambda entry: entry.seq)

    def block_of(self, visit: Visit) -> tuple[BlocklistEntry, Block] | None:
        """The entry by which a visit was held up, and by what they match as both stand now; None without one."""
        if visit.blocklist_id is None:
            return None
        with self._store.read() as connection:
            row = connection.execute(select(blocklist).where(blocklist.c.id == visit.blocklist_id)).first()
        if row is None:
            return None
        entry = _entry(row)
        return entry, Block(entry.id, common_traits(entry.traits, _traits_of(visit)))


def _check(person: Traits, reason: str, ends_at: datetime | None, now: datetime) -> None:
    problems: dict[str, FieldProblem] = {}
    texts = {"name": person.name, "phone": person.phone, "vehicle_plate": person.vehicle_plate, "reason": reason}
    limits = {**MAX_CHARACTERS, "name": MAX_CHARACTERS["visitor_name"], "reason": MAX_REASON_CHARACTERS}
    for field, value in texts.items():
        if len(value) > limits[field]:
            problems[field] = FieldProblem.TOO_LONG
        elif not is_one_line(value):
            problems[field] = FieldProblem.NOT_ONE_LINE
    if person.phone and "phone" not in problems and not is_phone(person.phone):
        problems["phone"] = FieldProblem.NOT_A_PHONE
    if not problems and not any(_keys(person).values()):
        problems["name"] = FieldProblem.NOBODY_NAMED
    if not reason:
        problems["reason"] = FieldProblem.REQUIRED
    if ends_at is not None and ends_at <= now:
        problems["ends_at"] = FieldProblem.IN_THE_PAST
    if problems:
        raise Invalid(problems)


def _keys(person: Traits) -> dict[str, str | None]:
    """What an index finds a person by; None, which equals nothing, where nothing is known."""
    return {
        "name_key": " ".join(search_tokens(person.name)) or None,
        "phone_tail": phone_tail(person.phone) or None,
        "plate_key": plate_key(person.vehicle_plate) or None,
    }


def as_columns(person: Traits) -> dict[str, str | None]:
    """By what somebody is known, as an entry's row has it."""
    texts = {"name": person.name, "phone": person.phone, "vehicle_plate": person.vehicle_plate}
    return {**texts, **_keys(person)}


def _refuse_repeat(transaction: Transaction, person: Traits) -> None:
    same: list[ColumnElement[bool]] = [
        blocklist.c[key].is_(None) if value is None else blocklist.c[key] == value
        for key, value in _keys(person).items()
    ]
    lasts = blocklist.c.ends_at.is_(None) | (blocklist.c.ends_at > transaction.now)
    wanted = select(blocklist.c.phone).where(blocklist.c.removed_at.is_(None), lasts, *same)
    for phone in transaction.connection.execute(wanted).scalars():
        if phone_digits(phone) == phone_digits(person.phone):
            raise Conflict("already-blocked", "The same person is on the blocklist already.")


def _hold_up_waiting(transaction: Transaction, actor: str) -> None:
    """Mark those who wait at the gate already: a guard is about to decide and has to know."""
    is_unmarked = (visits.c.state == VisitState.WAITING.value) & visits.c.blocklist_id.is_(None)
    for row in transaction.connection.execute(select(visits).where(is_unmarked)).all():
        visit = visit_from(row)
        seen = _traits_of(visit)
        block = find_block(
            transaction.connection, name=seen.name, phone=seen.phone, plate=seen.vehicle_plate, now=transaction.now
        )
        if block is not None:
            transaction.connection.execute(update(visits).where(visits.c.id == visit.id).values(blocklist_id=block.id))
            payload: Mapping[str, Any] = {"visit": visit.id, "number": visit.number, "lane": visit.lane}
            transaction.record(actor, "visit.blocked", {**payload, **journalled_block(block.id)})


def _traits_of(visit: Visit) -> Traits:
    return Traits(visit.visitor_name, visit.phone, visit.vehicle_plate)


def _meant_by(query: str) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    words = search_tokens(query)
    if words:
        # The last word may be the beginning of one, as in the visitor register.
        end = "" if query[-1].isascii() and query[-1].isalnum() else " "
        name = literal(" ") + blocklist.c.name_key + literal(" ")
        ways.append(name.contains(f" {' '.join(words)}{end}", autoescape=True))
    digits = phone_digits(query)
    if len(digits) >= 4:
        as_typed: ColumnElement[str] = blocklist.c.phone
        only_digits = reduce(lambda text, between: func.replace(text, between, ""), " -()+", as_typed)
        ways.append(only_digits.endswith(digits))
    plate = plate_key(query)
    if len(plate) >= 2:
        ways.append(blocklist.c.plate_key.startswith(plate, autoescape=True))
    return or_(*ways) if ways else false()


def _require(connection: Connection, entry_id: str) -> BlocklistEntry:
    row = connection.execute(select(blocklist).where(blocklist.c.id == entry_id)).first()
    if row is None:
        raise NotFound("entry of the blocklist")
    return _entry(row)


def _require_listed(connection: Connection, entry_id: str) -> BlocklistEntry:
    entry = _require(connection, entry_id)
    if entry.removed_at is not None:
        raise Conflict("already-removed", "The entry has been taken off the blocklist already.")
    return entry


def _entry(row: Row[Any]) -> BlocklistEntry:
    return BlocklistEntry(
        row.seq, row.id, row.name, row.phone, row.vehicle_plate, row.reason, row.added_by, row.created_at, row.ends_at,
        row.removed_at, row.removed_by,
    )  # fmt: skip
