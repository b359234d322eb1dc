"""The journal as a guard reads it: its entries with the names, units and photos that they point at.

Entries name people by the ids of their records; here the records are looked up, at the moment of reading. What has
been purged since is simply not there, and the line says no more than the journal does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from hardware.interfaces import GateInput
from hardware.supervisor import DeviceCondition
from kiosk.domain.access import GRANTS, Code, CredentialKind, CredentialState
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.slips import SlipState
from kiosk.domain.subjects import Subject
from kiosk.services.events import is_silent
from kiosk.services.feed_goods import GoodsFacts, goods_facts, member
from kiosk.services.openings import OpeningCause
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.journal import Entry
from kiosk.store.tables import cards, passes, visits

FEED_TYPES: Final = frozenset(
    {
        "access.granted", "access.refused",
        "visit.waiting", "visit.approved", "visit.signed_in", "visit.signed_out", "visit.refused", "visit.cancelled",
        "visit.expired", "visit.blocked", "host.unanswered", "carried.awaited", "carried.checked",
        "blocklist.added", "blocklist.removed",
        "gate.commanded", "gate.opened", "gate.late", "gate.failed", "gate.interrupted",
        "lane.locked", "lane.unlocked", "lane.first_card", "passback.forgiven",
        "screen.paused", "screen.resumed", "system.shut_down", "system.shut_down_failed",
        "alarm.raised", "alarm.repeated", "alarm.acknowledged", "fire.reset",
        "lane.slow", "lane.self_test",
        "muster.printed", "muster.uncertain", "muster.lapsed", "muster.safe", "muster.missing",
        "input.changed", "device.changed", "receipt.uncertain", "receipt.lapsed", "system.started",
        "slip_paper.uncertain", "slip_paper.lapsed", "label.uncertain", "label.lapsed",
        "handover_paper.uncertain", "handover_paper.lapsed",
        "holidays.unreadable", "holidays.read", "list.exported",
        "handover.opened", "handover.refused", "handover.ended", "handover.cancelled", "daily_list.made",
        "goods.waiting", "goods.to_door", "goods.kept", "goods.collected", "goods.refused", "goods.cancelled",
        "goods.returned", "goods.released",
        "slip.requested", "slip.approved", "slip.refused", "slip.presented", "slip.unknown", "slip.mismatch",
        "slip.released", "slip.lost", "slip.returned", "slip.return_late", "slip.reissue_asked", "slip.void",
        "slip.lapsed",
    }
)  # fmt: skip
"""What a guard's feed shows. A visit's history shows every entry that names the visit."""

_HISTORY_LENGTH: Final = 200


NAMING: Final = {subject: journal.naming(subject.value) for subject in Subject}


class Tone(StrEnum):
    """How a line is meant to strike the eye."""

    PLAIN = "plain"
    GOOD = "good"  # somebody went through
    BAD = "bad"  # somebody was turned away
    ALERT = "alert"  # a guard should look


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the feed. What does not apply is None or empty.

    Attributes:
        type: the journal's type of the entry; it names the sentence.
        actor: who did it, as the journal says: `user NAME`, `lane NAME`, `api NAME`, `system`.
        name: the visitor's or holder's, as typed.
        fault: a `HardwareError.code`, or why a printed receipt is in doubt.
        uid: of a card that is on record nowhere.
        changed: what has changed about a card, by the names of `CardService.change`'s journal entry.
        card_state: the state that a card has from then on.
        is_blocked: the visitor matches an entry of the blocklist, and a guard has to decide.
        exported: which list was taken away as a file of `file_format`; `rows` None when they were not counted.
        goods: what the entry says of goods or a release slip.
    """

    seq: int
    at: datetime
    type: str
    actor: str
    tone: Tone
    lane: str = ""
    visit_id: str = ""
    number: str = ""
    photo_id: str = ""
    name: str = ""
    unit: str = ""
    code: Code | None = None
    credential: CredentialKind | None = None
    cause: OpeningCause | None = None
    reason: str = ""
    device: str = ""
    condition: DeviceCondition | None = None
    fault: str = ""
    input: GateInput | None = None
    is_active: bool = False
    alarm: AlarmKind | None = None
    uid: str = ""
    changed: tuple[str, ...] = ()
    card_state: CredentialState | None = None
    is_blocked: bool = False
    took_ms: int | None = None
    exported: str = ""
    file_format: str = ""
    rows: int | None = None
    goods: GoodsFacts | None = None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Lines in the order of the journal, and the last number that was looked at to make them."""

    items: Sequence[FeedItem]
    last_seq: int


@dataclass(frozen=True, slots=True)
class People:
    """The rows that entries point at, by id."""

    visits: Mapping[str, Any]
    passes: Mapping[str, Any]
    cards: Mapping[str, Any]


class FeedView:
    """Reads the journal for people, without the alarms that are silent. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def latest(self, limit: int) -> FeedPage:
        """The newest lines, and the journal's head: a stream that starts behind it misses nothing."""
        with self._store.read() as connection:
            last_seq, _ = journal.head(connection)
            return FeedPage(_items(connection, _latest(connection, limit)), last_seq)

    def after(self, seq: int, limit: int) -> FeedPage:
        """The lines among the `limit` entries that follow `seq`."""
        with self._store.read() as connection:
            entries = journal.after(connection, seq, limit)
            shown = [entry for entry in entries if entry.type in FEED_TYPES and not is_silent(entry)]
            return FeedPage(_items(connection, shown), entries[-1].seq if entries else seq)

    def item(self, entry: Entry) -> FeedItem:
        """The line of one entry."""
        with self._store.read() as connection:
            return _items(connection, [entry])[0]

    def history(self, subject: Subject, id_: str, *, limit: int = _HISTORY_LENGTH) -> list[FeedItem]:
        """What the journal says about one visit, pass, card, slip or goods, oldest first; its newest entries."""
        with self._store.read() as connection:
            found = connection.execute(NAMING[subject], {"id": id_, "limit": limit})
            entries = journal.these(connection, [row.seq for row in found])
            return _items(connection, [entry for entry in entries if not is_silent(entry)])


def anonymous(item: FeedItem) -> FeedItem:
    """The same line for somebody who may not know who it is about: what happened, where, when and by which device.

    It is made anew from what is harmless, so that whatever a line comes to tell of people stays out by itself.
    """
    return FeedItem(
        seq=item.seq,
        at=item.at,
        type=item.type,
        actor="",
        tone=item.tone,
        lane=item.lane,
        code=item.code,
        credential=item.credential,
        cause=item.cause,
        device=item.device,
        condition=item.condition,
        fault=item.fault,
        input=item.input,
        is_active=item.is_active,
        alarm=item.alarm,
        is_blocked=item.is_blocked,
        took_ms=item.took_ms,
    )


def feed_item(entry: Entry, people: People) -> FeedItem:
    """Make the line of one entry."""
    payload = entry.payload
    visit = people.visits.get(payload.get("visit", ""))
    holder = people.passes.get(payload.get("pass", "")) or people.cards.get(payload.get("card", ""))
    code = member(Code, payload.get("code")) if entry.type.startswith("access.") else None
    condition = member(DeviceCondition, payload.get("condition"))
    wire = member(GateInput, payload.get("input"))
    is_card = entry.type == "card.changed"
    goods = goods_facts(entry)
    return FeedItem(
        seq=entry.seq,
        at=entry.at,
        type=entry.type,
        actor=entry.actor,
        tone=_tone(entry, code, condition, wire),
        lane=payload.get("lane") or "",
        visit_id=visit.id if visit is not None else "",
        number=visit.number if visit is not None and goods is None else payload.get("number", ""),
        photo_id=(visit.photo_id or "") if visit is not None else "",
        name=visit.visitor_name if visit is not None else holder.holder if holder is not None else "",
        unit=_unit(payload, visit or holder, goods),
        code=code,
        credential=member(CredentialKind, payload.get("credential")),
        cause=member(OpeningCause, payload.get("cause")),
        reason=payload.get("reason") or (visit.reason if visit is not None and entry.type in _WITH_REASON else ""),
        device=payload.get("device", ""),
        condition=condition,
        fault=payload.get("fault", "") or ("" if entry.type.startswith("access.") else payload.get("code", "")),
        input=wire,
        is_active=payload.get("active") is True,
        alarm=member(AlarmKind, payload.get("kind")) if entry.type.startswith("alarm.") else None,
        uid=payload.get("uid", ""),
        changed=tuple(payload.get("changed", ())) if is_card else (),
        card_state=member(CredentialState, payload.get("to")) if is_card else None,
        is_blocked=entry.type == "visit.waiting" and payload.get("blocked") is True,
        took_ms=took_ms if isinstance(took_ms := payload.get("took_ms"), int) else None,
        exported=payload.get("list", ""),
        file_format=payload.get("format", ""),
        rows=rows if isinstance(rows := payload.get("rows"), int) else None,
        goods=goods,
    )


def _unit(payload: Mapping[str, Any], person: Any, goods: GoodsFacts | None) -> str:
    if person is not None:
        return str(person.unit)
    return payload.get("unit") or "" if goods is not None else ""


_WITH_REASON: Final = frozenset({"visit.approved", "visit.refused"})
"""Decisions whose reason stands with the visit and not in the journal."""


_TONES: Final = {
    "alarm.raised": Tone.ALERT,
    "alarm.repeated": Tone.ALERT,
    "access.granted": Tone.GOOD,
    "access.refused": Tone.BAD,
    "visit.waiting": Tone.ALERT,
    "visit.blocked": Tone.ALERT,
    "host.unanswered": Tone.ALERT,
    "carried.awaited": Tone.ALERT,
    "visit.signed_in": Tone.GOOD,
    "visit.refused": Tone.BAD,
    "gate.late": Tone.BAD,
    "gate.failed": Tone.ALERT,
    "gate.interrupted": Tone.ALERT,
    "muster.safe": Tone.GOOD,
    "muster.missing": Tone.ALERT,
    "muster.uncertain": Tone.ALERT,
    "muster.lapsed": Tone.ALERT,
    "receipt.uncertain": Tone.ALERT,
    "receipt.lapsed": Tone.ALERT,
    "slip_paper.uncertain": Tone.ALERT,
    "slip_paper.lapsed": Tone.ALERT,
    "label.uncertain": Tone.ALERT,
    "label.lapsed": Tone.ALERT,
    "handover_paper.uncertain": Tone.ALERT,
    "handover_paper.lapsed": Tone.ALERT,
    "holidays.unreadable": Tone.ALERT,
    "handover.refused": Tone.ALERT,
    "handover.ended": Tone.GOOD,
    "goods.waiting": Tone.ALERT,
    "goods.refused": Tone.BAD,
    "goods.released": Tone.GOOD,
    "slip.refused": Tone.BAD,
    "slip.presented": Tone.ALERT,
    "slip.unknown": Tone.BAD,
    "slip.mismatch": Tone.BAD,
    "slip.return_late": Tone.ALERT,
    "slip.reissue_asked": Tone.ALERT,
}


_BY_OUTCOME: Final = {"lane.self_test": ("passed", Tone.PLAIN), "carried.checked": ("complete", Tone.GOOD)}
"""Entries that tell by a member of their payload whether all is well, and how it looks then."""

_FOR_THE_GUARD: Final = frozenset({Code.BLOCKED, Code.CLOCK_NOT_TRUSTED, Code.GOODS_UNCHECKED})
"""Refusals about which a guard has to do something."""


def _tone(entry: Entry, code: Code | None, condition: DeviceCondition | None, wire: GateInput | None) -> Tone:
    if condition is not None:
        well = condition in {DeviceCondition.READY, DeviceCondition.STARTING, DeviceCondition.STOPPED}
        return Tone.PLAIN if well else Tone.ALERT
    if entry.type in _BY_OUTCOME:
        outcome, good = _BY_OUTCOME[entry.type]
        return good if entry.payload.get(outcome) is True else Tone.ALERT
    if wire is GateInput.FIRE and entry.payload.get("active") is True:
        return Tone.ALERT
    if entry.type == "slip.presented" and entry.payload.get("state") != SlipState.APPROVED:
        return Tone.BAD
    if code in _FOR_THE_GUARD or (code in GRANTS and code is not Code.GRANTED):
        return Tone.ALERT
    is_turned_away = code is not Code.COURIER_CARD  # that one's courier goes on at the touchscreen
    return _TONES.get(entry.type, Tone.PLAIN) if is_turned_away else Tone.PLAIN


def _latest(connection: Connection, limit: int) -> list[Entry]:
    """The newest entries that are shown: as many as ever, for a line too few would be a sign too."""
    wanted = limit
    while True:
        entries = journal.latest(connection, FEED_TYPES, wanted)
        shown = [entry for entry in entries if not is_silent(entry)]
        if len(shown) >= limit or len(entries) < wanted:
            return shown[-limit:]
        wanted *= 2


def _items(connection: Connection, entries: Sequence[Entry]) -> list[FeedItem]:
    def ids(key: str) -> set[str]:
        return {entry.payload[key] for entry in entries if isinstance(entry.payload.get(key), str)}

    people = People(
        visits=_rows(connection, visits, ids("visit")),
        passes=_rows(connection, passes, ids("pass")),
        cards=_rows(connection, cards, ids("card")),
    )
    return [feed_item(entry, people) for entry in entries]


def _rows(connection: Connection, table: Table, ids: Iterable[str]) -> dict[str, Any]:
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: row for row in connection.execute(select(table).where(table.c.id.in_(wanted)))}
