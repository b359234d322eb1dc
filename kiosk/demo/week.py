"""A week at the gate, as a list of things that happen, each at its time, written in that order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from sqlalchemy import insert, update

from kiosk.config import Settings
from kiosk.demo import people
from kiosk.domain.access import Code, CredentialKind, CredentialState, Direction
from kiosk.domain.ids import new_id
from kiosk.domain.passes import PassKind, midnight_after
from kiosk.domain.time_profiles import TimeProfile
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource, VisitState
from kiosk.domain.weekly_hours import profile_from_lines
from kiosk.services.openings import OpeningCause, Outcome
from kiosk.services.passes import PassService
from kiosk.services.register import Register
from kiosk.store import tables
from kiosk.store.database import Transaction

VISITS_A_DAY: Final = 8
TAPS_A_DAY: Final = 10
_KINDS: Final = (VisitKind.GUEST, VisitKind.GUEST, VisitKind.DELIVERY, VisitKind.DELIVERY, VisitKind.CONTRACTOR)
_HELPERS: Final = {2: "mon,wed,fri 09:00-12:00", 8: "mon-sat 07:30-11:00,17:00-20:00"}
_GUARD: Final = "guard"
_REFUSED_FOR: Final = ("住戶沒有預約此訪客", "單位無人應答")
_OFFICE: Final = "front desk"
_MINUTES_INSIDE: Final = {VisitKind.DELIVERY: (4, 25), VisitKind.GUEST: (30, 200), VisitKind.CONTRACTOR: (60, 400)}


@dataclass
class _Stay:
    """A visit on its way; `visit` is there once it has been written."""

    new: NewVisit
    visit: Visit | None = None

    def written(self) -> Visit:
        if self.visit is None:
            raise RuntimeError("a visit ends after it began")
        return self.visit


@dataclass(frozen=True)
class _Promise:
    """A pass made out ahead of a visit."""

    kind: PassKind
    unit: str
    holder: str
    not_before: datetime
    not_after: datetime
    uses: int | None
    lanes: frozenset[str] | None
    weekly: TimeProfile | None
    revoked: bool


@dataclass(order=True)
class _Happening:
    at: datetime
    write: Callable[[], None] = field(compare=False)


class Week:
    """Plans the week, then writes it with one open transaction. Everything lies between `begins` and `now`."""

    def __init__(
        self,
        transaction: Transaction,
        settings: Settings,
        passes: PassService,
        random: Random,
        *,
        begins: datetime,
        now: datetime,
    ) -> None:
        self.transaction = transaction
        self._settings = settings
        self._passes = passes
        self._random = random
        self._begins = begins
        self._now = now
        self._register = Register(settings.estate.zone)
        self._way_in = settings.touch.lane
        self.way_out = next(
            (name for name, lane in settings.lanes.items() if lane.direction is Direction.OUT), self._way_in
        )
        self._happenings: list[_Happening] = []

    def plan(self, cards: list[str], units: list[str]) -> None:
        """Decide what happens; nothing is written yet."""
        zone = self._settings.estate.zone
        midnight = self._now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for day in range(8):
            morning = midnight - timedelta(days=day) + timedelta(hours=7)
            for _ in range(VISITS_A_DAY):
                self._plan_visit(morning + timedelta(minutes=self._random.randrange(13 * 60)), units)
            for _ in range(TAPS_A_DAY):
                at = morning + timedelta(minutes=self._random.randrange(15 * 60))
                lane, card = self._random.choice((self._way_in, self.way_out)), self._random.choice(cards)
                self.add(at, partial(self._tap, lane, card))
        for minutes in (170, 95, 40, 12):
            self._plan_presence(minutes, units)
        self.add(self._now - timedelta(minutes=2), lambda: self._wait(self._someone(VisitKind.CONTRACTOR, units)))
        self._plan_passes(units)

    def happen(self) -> None:
        """Write everything in the order of its time."""
        for happening in sorted(self._happenings):
            self.transaction.now = happening.at
            happening.write()

    def add(self, at: datetime, write: Callable[[], None]) -> None:
        """Have something happen at its time, unless that lies outside of the week."""
        if self._begins <= at <= self._now:
            self._happenings.append(_Happening(at, write))

    def _plan_visit(self, at: datetime, units: list[str]) -> None:
        """A visit that is over: signed out mostly, sometimes forgotten and expired, sometimes turned away."""
        stay = self._someone(self._random.choice(_KINDS), units)
        kind, fate = stay.new.kind, self._random.random()
        least, most = _MINUTES_INSIDE[kind]
        if fate < 0.06:
            ends, end = at + timedelta(minutes=1), lambda: self._refuse(stay)
        elif fate < 0.14:
            ends, end = self._expiry_after(at + self._stay(kind)), lambda: self._expire(stay)
        else:
            ends = at + timedelta(minutes=self._random.randrange(least, most))
            end = lambda: self._leave(stay)  # noqa: E731 - one of three endings
        if self._begins <= at and ends <= self._now - timedelta(minutes=5):
            self.add(at, lambda: self._wait(stay) if fate < 0.06 else self._enter(stay))
            self.add(ends, end)

    def _plan_presence(self, minutes: int, units: list[str]) -> None:
        stay = self._someone(VisitKind.GUEST, units)
        self.add(self._now - timedelta(minutes=minutes), lambda: self._enter(stay))

    def _plan_passes(self, units: list[str]) -> None:
        """Twelve passes made out ahead of visits: of every kind, not yet valid, run out and revoked."""
        day = timedelta(days=1)
        zone = self._settings.estate.zone
        for index in range(12):
            made = self._begins + index * timedelta(hours=5)
            first, last = made, self._now + self._random.randrange(5, 60) * day
            if index == 9:
                first, last = self._now + day, self._now + 2 * day
            elif index == 10:
                last = made + day
            kind, uses = (
                (PassKind.RECURRING, None) if index in _HELPERS
                else (PassKind.DAY, None) if index % 3 == 1
                else (PassKind.SINGLE, 1) if index % 3 == 0
                else (PassKind.MULTI, 5)
            )  # fmt: skip
            if kind is PassKind.DAY:
                first = max(first, self._now - timedelta(hours=1)) if index != 10 else first
                last = midnight_after(first, zone)
            promise = _Promise(
                kind=kind,
                unit=self._random.choice(units),
                holder=people.name(self._random),
                not_before=first,
                not_after=last,
                uses=uses,
                lanes=frozenset({self._way_in}) if index == 4 else None,
                weekly=profile_from_lines([_HELPERS[index]]) if index in _HELPERS else None,
                revoked=index == 11,
            )
            self.add(made, partial(self._issue, promise))

    def _someone(self, kind: VisitKind, units: list[str]) -> _Stay:
        random = self._random
        drives = kind is VisitKind.DELIVERY or random.random() < 0.3
        return _Stay(
            NewVisit(
                kind=kind,
                unit=random.choice(units),
                visitor_name=people.name(random),
                phone=people.phone(random) if kind is VisitKind.CONTRACTOR or random.random() < 0.6 else "",
                companions=random.choice((0, 0, 0, 1, 2)) if kind is VisitKind.GUEST else 0,
                vehicle_plate=people.plate(random) if drives else "",
                purpose=random.choice(("冷氣維修", "Leaking tap", "寬頻安裝")) if kind is VisitKind.CONTRACTOR else "",
            )
        )

    def _stay(self, kind: VisitKind) -> timedelta:
        return timedelta(hours=self._settings.visits.kinds[kind].stay_h)

    def _expiry_after(self, end: datetime) -> datetime:
        hour = self._settings.visits.expire_overdue_at
        local = end.astimezone(self._settings.estate.zone)
        due = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
        return due if due > local else due + timedelta(days=1)

    # --- what happens ---

    def _enter(self, stay: _Stay) -> None:
        transaction, new = self.transaction, stay.new
        ends_at = transaction.now + self._stay(new.kind)
        issued = self._passes.issue_within(
            transaction, unit=new.unit, holder=new.visitor_name, not_before=transaction.now, not_after=ends_at,
            max_uses=1, lanes=None, kind=PassKind.VISIT,
        )  # fmt: skip
        visit = stay.visit = self._register.enter(
            transaction, new, state=VisitState.SIGNED_IN, source=VisitSource.TOUCH, lane=self._way_in,
            ends_at=ends_at, pass_id=issued.id, decided_by="nobody asked",
        )  # fmt: skip
        self._register.note_signed_in(transaction, visit, actor="touchscreen")
        self.open_lane(self._way_in, OpeningCause.SIGN_IN)

    def _wait(self, stay: _Stay) -> None:
        visit = stay.visit = self._register.enter(
            self.transaction, stay.new, state=VisitState.WAITING, source=VisitSource.TOUCH, lane=self._way_in,
            ends_at=None,
        )  # fmt: skip
        self.transaction.record(
            "touchscreen", "visit.waiting", {"visit": visit.id, "number": visit.number, "lane": visit.lane}
        )

    def _refuse(self, stay: _Stay) -> None:
        visit = self._register.move(
            self.transaction, stay.written().id, VisitState.REFUSED, decided_by=_GUARD,
            reason=self._random.choice(_REFUSED_FOR),
        )  # fmt: skip
        self.transaction.record(
            _GUARD, "visit.refused", {"visit": visit.id, "number": visit.number, "lane": visit.lane}
        )

    def _leave(self, stay: _Stay) -> None:
        visit = stay.written()
        lane = self.way_out
        self._register.sign_out(self.transaction, visit.id, actor=f"lane {lane}", lane=lane)
        self._grant(lane, CredentialKind.PASS, {"pass": visit.pass_id, "visit": visit.id})

    def _expire(self, stay: _Stay) -> None:
        visit = self._register.move(self.transaction, stay.written().id, VisitState.EXPIRED)
        self.transaction.record("system", "visit.expired", {"visit": visit.id, "number": visit.number})

    def _tap(self, lane: str, card: str) -> None:
        self._grant(lane, CredentialKind.CARD, {"card": card})

    def _issue(self, promise: _Promise) -> None:
        transaction = self.transaction
        issued = self._passes.issue_within(
            transaction, unit=promise.unit, holder=promise.holder, not_before=promise.not_before,
            not_after=promise.not_after, max_uses=promise.uses, lanes=promise.lanes, kind=promise.kind,
            weekly=promise.weekly,
        )  # fmt: skip
        issuance = {"pass": issued.id, "kind": promise.kind.value, "uses": promise.uses}
        transaction.record(_OFFICE, "pass.issued", issuance)
        if promise.revoked:
            transaction.connection.execute(
                update(tables.passes).where(tables.passes.c.id == issued.id).values(state=CredentialState.REVOKED.value)
            )
            transaction.record(_OFFICE, "pass.revoked", {"pass": issued.id})

    def _grant(self, lane: str, credential: CredentialKind, subject: dict[str, str | None]) -> None:
        opening = self._opening(lane, OpeningCause.CREDENTIAL)
        self.transaction.record(
            f"lane {lane}",
            "access.granted",
            {
                "lane": lane,
                "code": Code.GRANTED.value,
                "direction": self._settings.lanes[lane].direction.value,
                "credential": credential.value,
                "opening": opening,
                **subject,
            },
        )
        self._moved(lane, OpeningCause.CREDENTIAL, opening)

    def open_lane(self, lane: str, cause: OpeningCause) -> str:
        """Have a lane open; returns the opening's id."""
        opening = self._opening(lane, cause)
        self._moved(lane, cause, opening)
        return opening

    def _opening(self, lane: str, cause: OpeningCause) -> str:
        """Enter an opening that succeeded; returns its id."""
        now = self.transaction.now
        opening = new_id(now)
        self.transaction.connection.execute(
            insert(tables.openings),
            {
                "id": opening, "lane": lane, "cause": cause.value, "decided_at": now,
                "outcome": Outcome.OPENED.value, "outcome_at": now,
            },
        )  # fmt: skip
        return opening

    def _moved(self, lane: str, cause: OpeningCause, opening: str) -> None:
        self.transaction.record(f"lane {lane}", "gate.opened", {"lane": lane, "opening": opening, "cause": cause.value})
