"""Fills an empty store with an estate and a week of its life.

The week is told as it would have happened: every change has its journal entry at its own time, in order, so that
reports, searches and the verification of the journal have something true to work on. Names, times of day and
outcomes come from a fixed seed, and all times count back from now. Everything is one transaction: a box that loses
its power in the middle starts with an empty estate and seeds it again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import insert, select, update

from kiosk.bootstrap import build_appliance
from kiosk.clock import ClockConfidence, SystemClock
from kiosk.config import Settings
from kiosk.demo import people
from kiosk.demo.goods import GoodsWeek
from kiosk.demo.week import Week
from kiosk.domain.access import CredentialState
from kiosk.domain.blocklist import Traits
from kiosk.domain.ids import new_id
from kiosk.domain.time_profiles import WEEKDAYS, Day, Span, TimeProfile, minute_of
from kiosk.domain.units import Unit
from kiosk.services.blocklist import as_columns
from kiosk.store import tables
from kiosk.store.database import Transaction

SEED: Final = 20_260_101
DAYS: Final = 7
_OFFICE: Final = "card office"
_BLOCKED: Final = (
    (Traits("馬志偉", "5559 0001", "XX 9001"), "曾威脅保安員，業主委員會決定不准進入"),
    (Traits("", "5559 0002"), "冒充管理處向長者推銷"),
    (Traits("", "", "XX 9002"), "撞毀閘機後離去"),
)
_VISITOR_CARDS: Final = {7: "訪客證 1", 8: "訪客證 2"}
_GROUPS: Final = {2: "清潔", 3: "保安", 4: "保安", 6: "清潔"}
_WAY_IN_ONLY: Final = 6
_OWNERS: Final = {0, 3}
_STATES: Final = {
    5: (CredentialState.RETURNED, "已遷出"),
    10: (CredentialState.LOST, "持卡人遺失"),
    11: (CredentialState.SUSPENDED, "欠交管理費"),
}
_RUN_OUT: Final = 9


class _HistoryClock(SystemClock):
    """Stands at the beginning of the history; nobody ever confirmed it."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins

    def now(self) -> datetime:
        return self._begins

    def confidence(self) -> ClockConfidence:
        return ClockConfidence.UNCONFIRMED


def directory() -> list[Unit]:
    """Two phases of two blocks, ten floors each (there is no fourth: 四 sounds like death), five doors: 200 units."""
    floors = [str(floor) for floor in range(1, 12) if floor != 4]
    return [
        Unit(f"{phase}-{block}-{floor}-{door}", phase, block, floor, door)
        for phase, blocks in (("1", "AB"), ("2", "CD"))
        for block in blocks
        for floor in floors
        for door in "12345"
    ]


def seed(settings: Settings, data: Path) -> bool:
    """Seed the store in `data` unless it has units already; returns whether it did.

    To be called before the appliance is built, because the journal begins when that happens.

    Raises:
        SealingError: the sealing key cannot be used.
    """
    now = datetime.now(UTC)
    # Without a printer: what lies on a shelf has had its label for days.
    past = settings.model_copy(update={"printer": None})
    appliance = build_appliance(past, data, is_demo=True, clock=_HistoryClock(now - timedelta(days=DAYS + 1)))
    try:
        if appliance.units.phases():
            return False
        with appliance.store.write() as transaction:
            # A journal that has entries already is continued: nothing may be told to have happened before them.
            newest = select(tables.journal.c.at).order_by(tables.journal.c.seq.desc()).limit(1)
            begins = max(transaction.now, transaction.connection.execute(newest).scalar_one())
            transaction.now = begins
            random = Random(SEED)  # noqa: S311 - the same estate every time is the purpose
            _write_directory(transaction, random)
            _write_time_profiles(transaction)
            cards = _write_cards(transaction, random, now)
            _write_blocklist(transaction)
            week = Week(transaction, settings, appliance.passes, random, begins=begins, now=now)
            units = [unit.code for unit in directory()]
            week.plan(cards, units)
            GoodsWeek(week, settings, appliance.goods, random, now=now).plan(units)
            week.happen()
        return True
    finally:
        appliance.store.close()


def _write_directory(transaction: Transaction, random: Random) -> None:
    units = directory()
    residents = []
    for unit in units:
        family = people.family(random)
        residents += [
            {
                "id": new_id(transaction.now),
                "unit": unit.code,
                "name": people.member(random, family) if random.random() < 0.75 else people.name(random),
                "phone": people.phone(random),
            }
            for _ in range(random.choice((1, 2, 2, 3)))
        ]
    transaction.connection.execute(
        insert(tables.units),
        [
            {
                "code": unit.code, "phase": unit.phase, "block": unit.block,
                "floor": unit.floor, "door": unit.door, "position": position,
            }
            for position, unit in enumerate(units, 1)
        ],
    )  # fmt: skip
    transaction.connection.execute(insert(tables.residents), residents)
    transaction.record("system", "units.imported", {"count": len(units)})


def _write_time_profiles(transaction: Transaction) -> None:
    helpers = {day: _spans("07:00-12:00", "14:00-20:00") for day in WEEKDAYS}
    office = {day: _spans("09:00-13:00", "14:00-18:00") for day in WEEKDAYS[:5]}
    for name, profile in (
        ("家務助理", TimeProfile({**helpers, Day.SUNDAY: (), Day.HOLIDAY: _spans("08:00-12:00")})),
        ("管理處辦公時間", TimeProfile({**office, Day.SATURDAY: _spans("09:00-13:00")})),
    ):
        profile_id = new_id(transaction.now)
        transaction.connection.execute(
            insert(tables.time_profiles),
            {"id": profile_id, "name": name, "days": profile.as_record(), "created_at": transaction.now},
        )
        transaction.record(_OFFICE, "time_profile.added", {"time_profile": profile_id})


def _spans(*texts: str) -> tuple[Span, ...]:
    return tuple(Span(*(minute_of(end) for end in text.split("-"))) for text in texts)


def _write_blocklist(transaction: Transaction) -> None:
    """Put two people and a car on the blocklist; no name that visitors of the demonstration have stands there alone."""
    for number, (person, reason) in enumerate(_BLOCKED):
        entry_id = new_id(transaction.now)
        transaction.connection.execute(
            insert(tables.blocklist),
            {
                "id": entry_id, **as_columns(person), "reason": reason, "added_by": _OFFICE,
                "created_at": transaction.now, "ends_at": transaction.now + timedelta(days=90) if number else None,
            },
        )  # fmt: skip
        transaction.record(_OFFICE, "blocklist.added", {"blocklist": entry_id})


def _write_cards(transaction: Transaction, random: Random, now: datetime) -> list[str]:
    """Put a dozen cards on record, two of them to be lent to visitors, and one of a courier.

    Returns the ids of those that open all lanes.
    """
    residents = transaction.connection.execute(select(tables.residents.c.unit, tables.residents.c.name)).all()
    good: list[str] = []
    for index, resident in enumerate(random.sample(residents, 12)):
        lent = _VISITOR_CARDS.get(index)
        # ISO/IEC 14443-3: a UID of seven bytes begins with its maker's number (04: NXP); one of four is random.
        uid = b"\x04" + random.randbytes(6) if index % 3 else random.randbytes(4)
        card_id = new_id(transaction.now)
        transaction.connection.execute(
            insert(tables.cards),
            {
                "id": card_id, "uid": uid.hex().upper(), "holder": lent or resident.name, "unit": resident.unit,
                "valid_to": now - timedelta(days=2) if index == _RUN_OUT else None,
                "state": CredentialState.ACTIVE.value, "for_visits": lent is not None,
                "card_group": _GROUPS.get(index, ""), "is_owner": index in _OWNERS,
                "lanes": ["in"] if index == _WAY_IN_ONLY else None,
                "created_at": transaction.now,
            },
        )  # fmt: skip
        transaction.record(_OFFICE, "card.added", {"card": card_id})
        if index in _STATES:
            _set_state(transaction, card_id, *_STATES[index])
        elif lent is None and index not in {_RUN_OUT, _WAY_IN_ONLY}:
            good.append(card_id)
    _write_courier_card(transaction)
    return good


def _write_courier_card(transaction: Transaction) -> None:
    """Put a courier's card on record, of one of the companies that the touchscreen offers."""
    card_id = new_id(transaction.now)
    transaction.connection.execute(
        insert(tables.cards),
        {
            "id": card_id, "uid": "04C0FFEE5F0001", "holder": "順豐 1 號卡", "unit": directory()[0].code,
            "carrier": "順豐速運 SF Express", "state": CredentialState.ACTIVE.value, "for_visits": False,
            "created_at": transaction.now,
        },
    )  # fmt: skip
    transaction.record(_OFFICE, "card.added", {"card": card_id})


def _set_state(transaction: Transaction, card_id: str, state: CredentialState, reason: str) -> None:
    values = {"state": state.value, "state_reason": reason, "state_at": transaction.now, "state_by": _OFFICE}
    transaction.connection.execute(update(tables.cards).where(tables.cards.c.id == card_id).values(values))
    told = {"changed": {"state": {}}, "from": CredentialState.ACTIVE.value, "to": state.value}
    transaction.record(_OFFICE, "card.changed", {"card": card_id, **told})
