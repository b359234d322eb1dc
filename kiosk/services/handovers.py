"""The handover of a shift: a list of what is open, words about it, and the signatures of the two who meet.

Every change is one transaction with its entry in the journal. Notes and remarks stay out of the journal: they are free
text, and it is kept for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, or_, select, update

from kiosk.domain import handovers as rules
from kiosk.domain.handovers import (
    Handover,
    HandoverItem,
    HandoverNote,
    HandoverSheet,
    HandoverState,
    Means,
    NotPossible,
    Side,
    Signature,
    digest_of,
)
from kiosk.domain.ids import new_id
from kiosk.domain.open_items import ItemKind, OpenItem, in_order
from kiosk.domain.roles import Permission, Role, may
from kiosk.domain.text import is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.accounts import User
from kiosk.services.paging import Page, cut
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import handover_items, handover_notes, handovers, users

MAX_NOTE: Final = 500
MAX_REMARK: Final = 200

_CARDS: Final = frozenset({ItemKind.VISITOR_CARD, ItemKind.COURIER_CARD})

_SENTENCES: Final = {
    "handover-ended": "This handover is signed by both: nothing of it changes any more.",
    "handover-cancelled": "This handover was cancelled.",
    "hands-to-self": "Nobody takes over from themselves.",
    "nobody-takes-over": "It is not said yet who takes over.",
    "signed-already": "This side has signed already.",
}


@dataclass(frozen=True, slots=True)
class HandoverFilter:
    """What a list of handovers is narrowed to; None and empty mean all. `who` handed over or took over."""

    state: HandoverState | None = None
    who: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """A handover in a list, with how many items were on it and how many of them were refused."""

    handover: Handover
    items: int
    refused: int


class HandoverService:
    """The handovers. Safe to use from any thread."""

    def __init__(self, store: Store, open_now: Callable[[], Iterable[OpenItem]]) -> None:
        """`open_now` tells what is open at the moment."""
        self._store = store
        self._open_now = open_now

    def open(self, outgoing: User) -> HandoverSheet:
        """Begin a handover: what is open now is listed.

        Raises:
            Conflict: `handover-open`: there is one already.
        """
        items = list(self._open_now())
        with self._store.write() as transaction:
            if _current(transaction.connection) is not None:
                raise Conflict("handover-open", "There is a handover already that nobody has ended.")
            handover_id = new_id(transaction.now)
            transaction.connection.execute(
                insert(handovers),
                {
                    "id": handover_id, "state": HandoverState.OPEN.value, "opened_at": transaction.now,
                    "outgoing": outgoing.username,
                },
            )  # fmt: skip
            _enter(transaction, handover_id, items)
            transaction.record(outgoing.actor, "handover.opened", {"handover": handover_id, "items": len(items)})
            return sheet_in(transaction.connection, handover_id)

    def get(self, handover_id: str) -> HandoverSheet:
        """A handover by its id.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            return sheet_in(connection, handover_id)

    def current(self) -> Handover | None:
        """The handover that is not over; None when there is none."""
        with self._store.read() as connection:
            return _current(connection)

    def page(self, wanted: HandoverFilter, *, before: int | None, limit: int) -> Page[HandoverLine]:
        """Handovers older than sequence number `before`, newest first."""
        statement = select(handovers).order_by(handovers.c.seq.desc()).limit(limit + 1)
        if before is not None:
            statement = statement.where(handovers.c.seq < before)
        if wanted.state is not None:
            statement = statement.where(handovers.c.state == wanted.state.value)
        if wanted.who:
            statement = statement.where(or_(handovers.c.outgoing == wanted.who, handovers.c.incoming == wanted.who))
        if wanted.since is not None:
            statement = statement.where(handovers.c.opened_at >= wanted.since)
        with self._store.read() as connection:
            found = [_handover(row) for row in connection.execute(statement)]
            counts = _counts(connection, [one.id for one in found])
        lines = [HandoverLine(one, *counts.get(one.id, (0, 0))) for one in found]
        return cut(lines, limit, lambda line: line.handover.seq)

    def list_anew(self, handover_id: str, *, actor: str) -> HandoverSheet:
        """Add what has come up since the list was made; what is on it stays, settled or not.

        Raises:
            NotFound: there is no such handover.
            Conflict: `handover-ended` and the like.
        """
        items = list(self._open_now())
        with self._changing(handover_id, actor) as (transaction, _handover_before):
            known = {row.item.key for row in _items(transaction.connection, handover_id)}
            added = [item for item in items if item.key not in known]
            _enter(transaction, handover_id, added)
            transaction.record(actor, "handover.listed", {"handover": handover_id, "items": len(added)})
            return sheet_in(transaction.connection, handover_id)

    def name(self, handover_id: str, incoming: str, *, actor: str) -> HandoverSheet:
        """Say who takes over. What another refused who was named before is no longer refused.

        Raises:
            NotFound: there is no such handover.
            Conflict: `handover-ended` and the like; `hands-to-self`.
            Invalid: `incoming`: there is no such account, or it takes over no shift.
        """
        with self._store.write() as transaction, _refusals():
            before = _require(transaction.connection, handover_id)
            found = transaction.connection.execute(select(users).where(users.c.username == incoming)).first()
            if found is None or not may(Role(found.role), Permission.HAND_OVER):
                raise Invalid({"incoming": FieldProblem.NOBODY_NAMED})
            if incoming != before.incoming:
                _save(transaction, before, rules.named(before, incoming), actor)
                transaction.connection.execute(
                    update(handover_items)
                    .where(handover_items.c.handover_id == handover_id)
                    .values(is_refused=False, remark="")
                )
                transaction.record(actor, "handover.named", {"handover": handover_id, "user": found.id})
            return sheet_in(transaction.connection, handover_id)

    def note(self, handover_id: str, text: str, *, actor: str, side: Side | None = None) -> HandoverSheet:
        """Add a word to the handover: the actor's, or that of a side, who signs for it afterwards.

        Raises:
            NotFound: there is no such handover.
            Conflict: `handover-ended` and the like; `nobody-takes-over`.
            Invalid: `note`: it is empty, too long or cannot be shown.
        """
        text = _checked("note", text, MAX_NOTE)
        with self._changing(handover_id, actor) as (transaction, before):
            if side is not None and not before.name_of(side):
                raise NotPossible("nobody-takes-over")
            author = actor if side is None else f"user {before.name_of(side)}"
            _write_note(transaction, handover_id, text, author)
            transaction.record(actor, "handover.noted", {"handover": handover_id})
            return sheet_in(transaction.connection, handover_id)

    def refuse(self, handover_id: str, number: int, remark: str, *, actor: str) -> HandoverSheet:
        """Put on record that whoever takes over does not take an item on, and why.

        Args:
            number: the item's own, as `HandoverItem.number`.

        Raises:
            NotFound: there is no such handover, or no such item on it.
            Conflict: `handover-ended` and the like; `nobody-takes-over`.
            Invalid: `remark`: it is empty, too long or cannot be shown.
        """
        remark = _checked("remark", remark, MAX_REMARK)
        with self._changing(handover_id, actor) as (transaction, before):
            if not before.incoming:
                raise NotPossible("nobody-takes-over")
            item = _set_refused(transaction, handover_id, number, is_refused=True, remark=remark)
            transaction.record(actor, "handover.refused", {"handover": handover_id, **_told(item)})
            return sheet_in(transaction.connection, handover_id)

    def accept(self, handover_id: str, number: int, *, actor: str) -> HandoverSheet:
        """Take a refusal back.

        Raises:
            NotFound: there is no such handover, or no such item on it.
            Conflict: `handover-ended` and the like.
        """
        with self._changing(handover_id, actor) as (transaction, _before):
            item = _set_refused(transaction, handover_id, number, is_refused=False, remark="")
            transaction.record(actor, "handover.accepted", {"handover": handover_id, **_told(item)})
            return sheet_in(transaction.connection, handover_id)

    def sign(self, handover_id: str, side: Side, signer: User, by: Means, *, digest: str) -> HandoverSheet:
        """Put a side's signature to what was shown; the second one ends the handover.

        Args:
            signer: who has proved by PIN or card to be that account.
            digest: that of the sheet as it was shown.

        Raises:
            NotFound: there is no such handover.
            Conflict: `handover-ended` and the like; `not-this-side`: it is another's signature; `signed-already`;
                `handover-changed`: since it was shown.
        """
        with self._store.write() as transaction, _refusals():
            sheet = sheet_in(transaction.connection, handover_id)
            before = sheet.handover
            after = rules.signed(before, side, by, transaction.now)
            if signer.username != before.name_of(side):
                raise Conflict("not-this-side", "This is not the account whose signature is wanted.")
            if digest != sheet.digest:
                raise Conflict("handover-changed", "The handover has changed since it was shown.")
            _write(transaction, after)
            facts = {"handover": handover_id, "user": signer.id, "side": side.value, "method": by.value}
            transaction.record(signer.actor, "handover.signed", {**facts, "digest": digest})
            if after.is_over:
                counts = {"items": len(sheet.items), "refused": len(sheet.refused)}
                transaction.record(signer.actor, "handover.ended", {"handover": handover_id, **counts})
            return sheet_in(transaction.connection, handover_id)

    def cancel(self, handover_id: str, reason: str, *, actor: str) -> HandoverSheet:
        """Give a handover up; the reason is its last note.

        Raises:
            NotFound: there is no such handover.
            Conflict: `handover-ended` and the like.
            Invalid: `reason`: it is empty, too long or cannot be shown.
        """
        reason = _checked("reason", reason, MAX_REMARK)
        with self._store.write() as transaction, _refusals():
            before = _require(transaction.connection, handover_id)
            _write(transaction, rules.cancelled(before, transaction.now))
            _write_note(transaction, handover_id, reason, actor)
            transaction.record(actor, "handover.cancelled", {"handover": handover_id})
            return sheet_in(transaction.connection, handover_id)

    @contextmanager
    def _changing(self, handover_id: str, actor: str) -> Iterator[tuple[Transaction, Handover]]:
        """Change something of a handover, whose signatures fall away by it."""
        with self._store.write() as transaction, _refusals():
            before = _require(transaction.connection, handover_id)
            _save(transaction, before, rules.changed(before), actor)
            yield transaction, before


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NotPossible as problem:
        raise Conflict(problem.code, _SENTENCES[problem.code]) from None


def _save(transaction: Transaction, before: Handover, after: Handover, actor: str) -> None:
    if before.signatures and not after.signatures:
        fallen = sorted(side.value for side in before.signatures)
        transaction.record(actor, "handover.unsigned", {"handover": before.id, "sides": fallen})
    if after != before:
        _write(transaction, after)


def _write(transaction: Transaction, after: Handover) -> None:
    values: dict[str, Any] = {"state": after.state.value, "incoming": after.incoming, "ended_at": after.ended_at}
    for side in Side:
        signature = after.signatures.get(side)
        values[f"{side.value}_signed_at"] = signature.at if signature is not None else None
        values[f"{side.value}_signed_by"] = signature.by.value if signature is not None else ""
    transaction.connection.execute(update(handovers).where(handovers.c.id == after.id).values(values))


def _enter(transaction: Transaction, handover_id: str, items: Iterable[OpenItem]) -> None:
    rows = [
        {
            "handover_id": handover_id, "kind": item.kind.value, "subject_id": item.subject_id, "label": item.label,
            "since": item.since,
        }
        for item in items
    ]  # fmt: skip
    if rows:
        transaction.connection.execute(insert(handover_items), rows)


def _write_note(transaction: Transaction, handover_id: str, text: str, actor: str) -> None:
    row = {"handover_id": handover_id, "at": transaction.now, "author": actor, "text": text}
    transaction.connection.execute(insert(handover_notes), row)


def _set_refused(transaction: Transaction, handover_id: str, number: int, *, is_refused: bool, remark: str) -> OpenItem:
    ours = (handover_items.c.handover_id == handover_id, handover_items.c.seq == number)
    row = transaction.connection.execute(select(handover_items).where(*ours)).first()
    if row is None:
        raise NotFound("item")
    values = {"is_refused": is_refused, "remark": remark}
    transaction.connection.execute(update(handover_items).where(*ours).values(values))
    return _item(row).item


def _told(item: OpenItem) -> dict[str, str]:
    """What an item is to whoever is told of it; the number of a card opens doors, and stays on the box."""
    return {"kind": item.kind.value, **({"card": item.subject_id} if item.kind in _CARDS else {"number": item.label})}


def _checked(name: str, text: str, longest: int) -> str:
    text = " ".join(text.split())
    if not text:
        raise Invalid({name: FieldProblem.REQUIRED})
    if len(text) > longest:
        raise Invalid({name: FieldProblem.TOO_LONG})
    if not is_one_line(text):
        raise Invalid({name: FieldProblem.NOT_ONE_LINE})
    return text


def _current(connection: Connection) -> Handover | None:
    row = connection.execute(select(handovers).where(handovers.c.ended_at.is_(None))).first()
    return _handover(row) if row is not None else None


def _require(connection: Connection, handover_id: str) -> Handover:
    row = connection.execute(select(handovers).where(handovers.c.id == handover_id)).first()
    if row is None:
        raise NotFound("handover")
    return _handover(row)


def sheet_in(connection: Connection, handover_id: str) -> HandoverSheet:
    """A handover by its id, within the caller's view of the store.

    Raises:
        NotFound: there is none.
    """
    handover = _require(connection, handover_id)
    items = _items(connection, handover_id)
    statement = select(handover_notes).where(handover_notes.c.handover_id == handover_id)
    notes = [
        HandoverNote(row.at, row.author, row.text)
        for row in connection.execute(statement.order_by(handover_notes.c.seq))
    ]
    return HandoverSheet(handover, items, notes, digest_of(handover, items, notes))


def _items(connection: Connection, handover_id: str) -> list[HandoverItem]:
    rows = connection.execute(select(handover_items).where(handover_items.c.handover_id == handover_id))
    found = {one.item.key: one for one in map(_item, rows)}
    return [found[item.key] for item in in_order(one.item for one in found.values())]


def _item(row: Row[Any]) -> HandoverItem:
    item = OpenItem(ItemKind(row.kind), row.subject_id, row.label, row.since)
    return HandoverItem(item, row.seq, row.is_refused, row.remark)


def _handover(row: Row[Any]) -> Handover:
    signed = {
        Side.OUTGOING: (row.outgoing_signed_at, row.outgoing_signed_by),
        Side.INCOMING: (row.incoming_signed_at, row.incoming_signed_by),
    }
    return Handover(
        id=row.id, state=HandoverState(row.state), opened_at=row.opened_at, outgoing=row.outgoing,
        incoming=row.incoming, ended_at=row.ended_at, seq=row.seq,
        signatures={side: Signature(at, Means(by)) for side, (at, by) in signed.items() if at is not None},
    )  # fmt: skip


def _counts(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    counts: dict[str, tuple[int, int]] = {}
    statement = select(handover_items.c.handover_id, handover_items.c.is_refused)
    for row in connection.execute(statement.where(handover_items.c.handover_id.in_(ids))):
        items, refused = counts.get(row.handover_id, (0, 0))
        counts[row.handover_id] = (items + 1, refused + bool(row.is_refused))
    return counts
