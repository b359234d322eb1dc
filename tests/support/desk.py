"""The services that decide who gets in, over a real store and without devices or threads, by a clock that is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hardware.interfaces import CardPresented
from hardware.supervisor import Supervisor
from kiosk.bootstrap.access import wire_access
from kiosk.bootstrap.goods import wire_goods, wire_slips_at_gate
from kiosk.bootstrap.shifts import wire_shifts
from kiosk.clock import ClockConfidence
from kiosk.config import Settings, parse
from kiosk.domain.papers import PrintKind
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.services.admission import Admitted, AtLane
from kiosk.services.alarms import AlarmService
from kiosk.services.approvals import Approvals
from kiosk.services.blocklist import BlocklistService
from kiosk.services.card_watch import CardTapped
from kiosk.services.cards import CardService
from kiosk.services.desk_taps import DeskTaps
from kiosk.services.documents import DocumentService
from kiosk.services.invitations import InvitationService
from kiosk.services.lane_opener import LaneOpener
from kiosk.services.openings import Opening
from kiosk.services.pass_keys import PassKeys
from kiosk.services.pass_queries import PassQueries
from kiosk.services.passes import PassService
from kiosk.services.photos import PhotoService
from kiosk.services.qr_watch import QrPresented
from kiosk.services.register import Register
from kiosk.services.resident_links import ResidentLinks
from kiosk.services.sealing import load_or_make
from kiosk.services.spool import Spool
from kiosk.services.units import UnitService
from kiosk.services.visit_queries import VisitQueries
from kiosk.services.visit_receipts import VisitReceipts, visit_paper
from kiosk.services.visits import SignIn, VisitService
from tests.support.appliance import UNITS, document
from tests.support.empty_store import open_store

UNIT = UNITS[0].code
ZONE = ZoneInfo("Asia/Hong_Kong")
SIDE = {"direction": "both", "relay": {"driver": "simulated"}}
"""A lane for both ways, beside the demonstration's `in` and `out`."""


class SetClock:
    """A clock that stands still until somebody moves it, in either direction."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, 9, 0, tzinfo=ZONE)) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic_ns(self) -> int:
        return 0

    def confidence(self) -> ClockConfidence:
        return ClockConfidence.SYNCHRONISED

    def move(self, span: timedelta) -> None:
        self._now += span

    def set(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)


class Desk:
    """One gate's services, wired as the appliance wires them. `pulses` is what would have gone to the barriers."""

    def __init__(self, data: Path, clock: SetClock, settings: Settings) -> None:
        self.clock = clock
        self.pulses: list[Opening] = []
        self.store = open_store(data, clock)
        self.sealing = sealing = load_or_make(data.with_name("sealing-key"))
        self.keys = keys = PassKeys(self.store, sealing)
        keys.load()
        self.register = Register(settings.estate.zone)
        access = wire_access(settings, self.store, clock, keys, self.register, faults=dict)
        self.admission, self.states, self.passback = access.admission, access.states, access.passback
        self.time_profiles, self.blocklist = access.time_profiles, BlocklistService(self.store)
        lanes = frozenset(settings.lanes)
        self.faults: dict[str, str] = {}
        self.desk_taps = DeskTaps(
            self.store, clock, access.records, access.rules, settings.desk, faults=lambda: self.faults
        )
        self.passes = PassService(self.store, keys, lanes, settings.estate.zone)
        self.cards = CardService(self.store, lanes)
        self.photos = PhotoService(self.store, sealing)
        self.documents = DocumentService(self.store, sealing)
        self.spool = Spool(self.store, clock, settings.printer, {PrintKind.VISIT: visit_paper(settings.estate)})
        self.receipts = VisitReceipts(self.store, self.spool)
        self.queries = VisitQueries(self.store)
        self.pass_queries = PassQueries(self.store, clock)
        self.links = ResidentLinks(self.store, clock, sealing, b"tickets", unused=timedelta(days=180))
        within = timedelta(seconds=settings.hosts.answer_within_s)
        self.approvals = Approvals(self.store, clock, self.links, answer_within=within)
        self.invitations = InvitationService(self.store, clock, self.passes)
        opener = LaneOpener(lanes, clock, self.states, self.pulses.append)
        self.visits = VisitService(
            self.store, settings.visits, register=self.register, passes=self.passes, photos=self.photos,
            documents=self.documents, receipts=self.receipts, opener=opener, expected=access.expected,
            approvals=self.approvals,
        )  # fmt: skip
        self.goods = wire_goods(
            settings, self.store, clock, sealing,
            visits=self.visits, photos=self.photos, opener=opener, hours=access.hours, spool=self.spool,
            at_gate=wire_slips_at_gate(self.store, clock, sealing),
        )  # fmt: skip
        self.alarms = AlarmService(self.store)
        self.shifts = wire_shifts(
            settings, self.store, clock, goods=self.goods, alarms=self.alarms, supervisor=Supervisor(),
            states=self.states, spool=self.spool,
        )  # fmt: skip
        units = UnitService(self.store)
        if not units.phases():
            units.replace_all(UNITS)

    source = VisitSource.TOUCH

    def sign_in(self, name: str = "王小明", kind: VisitKind = VisitKind.GUEST, **details: Any) -> SignIn:
        lane = details.pop("lane", "in")
        new = NewVisit(kind, details.pop("unit", UNIT), name, **details)
        return self.visits.sign_in(new, source=VisitSource.API, actor="api test", lane=lane)

    def show(self, token: str, lane: str = "in") -> Admitted:
        return self.admission.present_code(AtLane(lane), QrPresented(token, 0))

    def tap(self, uid: str, lane: str = "in") -> Admitted:
        return self.admission.present_card(AtLane(lane), CardTapped(CardPresented(bytes.fromhex(uid), b"", 0)))


@contextmanager
def open_desk(
    tmp_path: Path,
    *,
    clock: SetClock | None = None,
    visits: Mapping[str, Any] | None = None,
    lanes: Mapping[str, Mapping[str, Any]] | None = None,
    access: Mapping[str, Any] | None = None,
    hosts: Mapping[str, Any] | None = None,
    cards: Mapping[str, Any] | None = None,
    goods: Mapping[str, Any] | None = None,
    printer: bool = True,
) -> Iterator[Desk]:
    """Open the services over `tmp_path / "data"`, closing the store at the end.

    `visits`, `access`, `hosts`, `cards` and `goods` are those sections' settings; `lanes` adds to those of the lanes
    it names; without `printer` the gate has none.
    """
    sections = {"visits": visits, "access": access, "hosts": hosts, "cards": cards, "goods": goods}
    changed = document() | {name: section for name, section in sections.items() if section}
    changed["lanes"]["side"] = SIDE
    if not printer:
        del changed["printer"]
    for name, added in (lanes or {}).items():
        changed["lanes"][name] = changed["lanes"][name] | added
    settings = parse(changed)
    desk = Desk(tmp_path / "data", clock or SetClock(), settings)
    try:
        yield desk
    finally:
        desk.store.close()
