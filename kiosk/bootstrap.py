"""The one place that wires: settings in, an appliance out. Nothing else constructs a device, a store or a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time as time_of_day
from datetime import timedelta
from functools import partial
from pathlib import Path
from secrets import SystemRandom
from typing import Any

from hardware import factory
from hardware.camera_feed import CameraFeed
from hardware.interfaces import Device, DeviceKind, GateInput, GateInputs
from hardware.supervisor import Supervisor, Worker
from kiosk.appliance import Appliance
from kiosk.clock import Clock, SystemClock
from kiosk.config import DriverSettings, LaneSettings, Settings
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.interlock import Interlock
from kiosk.domain.papers import PrintKind
from kiosk.domain.visits import Approval
from kiosk.services.accounts import AccountService
from kiosk.services.admission import Admission, Faults
from kiosk.services.alarms import AlarmService
from kiosk.services.approvals import Approvals, HostWatch
from kiosk.services.blocklist import BlocklistService
from kiosk.services.calendar_watch import CalendarWatch
from kiosk.services.card_keys import CardKeys
from kiosk.services.card_queries import CardQueries
from kiosk.services.card_watch import CardProver, CardWatch
from kiosk.services.cards import CardService
from kiosk.services.credential_facts import CredentialRecords
from kiosk.services.decisions import DecisionService
from kiosk.services.desfire import Application
from kiosk.services.device_journal import DeviceJournal
from kiosk.services.feed import Feed
from kiosk.services.feed_view import FeedView
from kiosk.services.fire import FireHold
from kiosk.services.host_notices import HostSender, add_residents
from kiosk.services.hours import Hours
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.invitations import InvitationService
from kiosk.services.lane import Lane
from kiosk.services.lane_events import InputsFound
from kiosk.services.lane_rules import LaneRules, interlocks_of
from kiosk.services.lane_states import LaneStates
from kiosk.services.lanes import LaneService
from kiosk.services.muster import MusterService, visitors_inside
from kiosk.services.muster_watch import MusterWatch
from kiosk.services.notices import add_channels
from kiosk.services.outbox import Outbox
from kiosk.services.overstay import OverstayWatch
from kiosk.services.pass_check import PassChecker
from kiosk.services.pass_keys import PassKeys
from kiosk.services.pass_queries import PassQueries
from kiosk.services.passages import Passages, PassbackService, holders_inside
from kiosk.services.passes import PassService
from kiosk.services.photos import PhotoService
from kiosk.services.pre_registration import PreRegistrations
from kiosk.services.qr_watch import QrWatch
from kiosk.services.register import Register
from kiosk.services.resident_links import ResidentLinks
from kiosk.services.returning import ReturningVisitors
from kiosk.services.sealing import SealingKey, key_path, load_or_make
from kiosk.services.secret_values import load_secret
from kiosk.services.self_test import SelfTests
from kiosk.services.spool import Spool
from kiosk.services.time_profiles import TimeProfileService
from kiosk.services.timings import Timings
from kiosk.services.units import UnitService
from kiosk.services.visit_queries import VisitQueries
from kiosk.services.visit_receipts import VisitReceipts, visit_paper
from kiosk.services.visits import VisitService
from kiosk.services.webhooks import WebhookService
from kiosk.store.database import Store

BuildDevice = Callable[[DeviceKind, str, Mapping[str, object]], Device]
_EVENT_WAIT_S = 1.0


def build_appliance(
    settings: Settings,
    data: Path,
    *,
    is_demo: bool = False,
    build_device: BuildDevice = factory.build,
    clock: Clock | None = None,
) -> Appliance:
    """Wire an appliance over the data directory `data`; opens and migrates the store, starts no thread.

    Raises:
        SealingError: the sealing key cannot be used.
    """
    clock = clock or SystemClock()
    store = Store(data, clock)
    store.migrate()
    sealing = load_or_make(key_path(data, settings.store.key_file))
    keys = PassKeys(store, sealing)
    keys.load()
    register = Register(settings.estate.zone)
    supervisor = Supervisor()
    access = wire_access(settings, store, clock, keys, register, faults=supervisor.faults)
    card_keys = CardKeys(store, sealing)
    prover = CardProver(_application(settings), card_keys)
    names = frozenset(settings.lanes)
    budgets_ms = {name: lane.budget_ms for name, lane in settings.lanes.items()}
    timings = Timings(store, clock, settings.estate.zone, budgets_ms)
    lanes = LaneService(
        {
            name: Lane(name, lane, store, access.admission, interlock=access.interlocks[name], note_time=timings.note)
            for name, lane in settings.lanes.items()
        },
        store,
        access.admission,
        access.states,
    )
    cameras, watches = _wire_lanes(supervisor, lanes, prover, build_device)
    passes, photos = PassService(store, keys, names, settings.estate.zone), PhotoService(store, sealing)
    spool = Spool(store, clock, settings.printer, {PrintKind.VISIT: visit_paper(settings.estate)})
    receipts = VisitReceipts(store, spool)
    _wire_printer(supervisor, settings, spool, build_device)
    links, approvals = _wire_hosts(store, clock, settings, sealing)
    visits = VisitService(
        store, clock, settings.visits, register=register, passes=passes, photos=photos, receipts=receipts,
        lanes=names, states=access.states,
        expected=access.expected, pulse=lanes.pulse, approvals=approvals,
    )  # fmt: skip
    muster = MusterService(
        store,
        spool,
        settings.estate,
        now=clock.now,
        is_fire=lambda: lanes.fire.is_on,
        sources=[visitors_inside, holders_inside],
    )
    muster_watch = MusterWatch(muster)
    lanes.fire.on_begin(muster_watch.begin)
    queries, units = PassQueries(store, clock), UnitService(store)
    outbox = Outbox(store, clock, SystemRandom().random)
    webhooks = WebhookService(store, clock, sealing, outbox)
    webhooks.load()
    add_channels(outbox, store, settings.notify, settings.estate)
    feed_view = FeedView(store)
    _wire_host_notices(outbox, store, settings, links, approvals)
    return Appliance(
        settings=settings,
        clock=clock,
        store=store,
        supervisor=supervisor,
        feed=Feed(store),
        feed_view=feed_view,
        decisions=DecisionService(store, feed_view),
        units=units,
        visits=visits,
        visit_queries=VisitQueries(store),
        blocklist=BlocklistService(store),
        returning=ReturningVisitors(store, clock, settings.visits.returning_days),
        passes=passes,
        cards=CardService(store, names),
        card_queries=CardQueries(store),
        pass_queries=queries,
        pass_checker=PassChecker(keys, queries, units, clock, access.hours),
        pass_keys=keys,
        card_keys=card_keys,
        photos=photos,
        spool=spool,
        receipts=receipts,
        lanes=lanes,
        muster=muster,
        muster_watch=muster_watch,
        accounts=AccountService(store, clock, settings.panel),
        alarms=AlarmService(store),
        cameras=cameras,
        device_journal=DeviceJournal(store),
        passback=access.passback,
        housekeeping=Housekeeping(
            clock,
            settings.estate.zone,
            always=[
                spool.lapse_overdue,
                spool.forget_contents,
                OverstayWatch(store, clock, settings.visits.overstay).run_due,
                CalendarWatch(access.hours, store).look,
            ],
            daily=_chores(settings, visits, access.passback, keys, passes, is_fire=lambda: lanes.fire.is_on),
        ),
        time_profiles=access.time_profiles,
        hours=access.hours,
        outbox=outbox,
        webhooks=webhooks,
        timings=timings,
        self_tests=SelfTests(store, clock, lanes, supervisor, cameras=cameras, watches=watches),
        resident_links=links,
        invitations=InvitationService(store, clock, passes),
        approvals=approvals,
        host_watch=HostWatch(approvals),
        is_demo=is_demo,
        web_secret=load_secret(store, sealing, "web"),
    )


@dataclass(frozen=True, slots=True)
class Access:
    """What decides about cards and codes, and what it goes by."""

    admission: Admission
    expected: PreRegistrations
    states: LaneStates
    interlocks: Mapping[str, Interlock]
    passback: PassbackService
    hours: Hours
    time_profiles: TimeProfileService


def wire_access(
    settings: Settings, store: Store, clock: Clock, keys: PassKeys, register: Register, *, faults: Faults
) -> Access:
    """Wire what decides about cards and codes."""
    zone = settings.estate.zone
    interlocks = interlocks_of(settings.lanes)
    states = LaneStates(store, settings.lanes, zone)
    states.load()
    passages = Passages(settings.lanes, settings.access.household_exits_per_day, zone)
    hours, time_profiles = Hours(zone, settings.access.holidays_file), TimeProfileService(store)
    hours.reread()
    records = CredentialRecords(settings.cards, passages, hours, time_profiles)
    rules = LaneRules(settings.lanes, settings.access, states, interlocks)
    admission = Admission(
        store, clock, keys, register,
        records=records, rules=rules, states=states, passages=passages, faults=faults,
    )  # fmt: skip
    return Access(
        admission, PreRegistrations(records, rules), states, interlocks, PassbackService(store, zone), hours,
        time_profiles,
    )  # fmt: skip


def _chores(
    settings: Settings,
    visits: VisitService,
    passback: PassbackService,
    keys: PassKeys,
    passes: PassService,
    *,
    is_fire: Callable[[], bool],
) -> list[Chore]:
    chores = [
        # The muster list needs whoever never signed out.
        Chore(settings.visits.expire_overdue_at, visits.expire_overdue, waits=is_fire),
        Chore(settings.visits.expire_overdue_at, keys.retire_spent_keys),
        Chore(settings.visits.expire_overdue_at, passes.forget_ended),
        Chore(time_of_day(0, 0), passback.forget_exits_before),
        Chore(time_of_day(0, 0), passback.forget_superseded),
    ]
    if settings.access.forgive_passback_at is not None:
        chores.append(Chore(settings.access.forgive_passback_at, passback.forgive_all))
    return chores


def _application(settings: Settings) -> Application | None:
    desfire = settings.cards.desfire
    if desfire is None:
        return None
    # A DESFire takes its numbers least significant byte first.
    return Application(bytes.fromhex(desfire.aid)[::-1], desfire.key_no, desfire.system_id.encode())


def _wire_hosts(store: Store, clock: Clock, settings: Settings, sealing: SealingKey) -> tuple[ResidentLinks, Approvals]:
    hosts = settings.hosts
    tickets = load_secret(store, sealing, "tickets")
    links = ResidentLinks(store, clock, sealing, tickets, unused=timedelta(days=hosts.link_unused_days))
    return links, Approvals(store, clock, links, answer_within=timedelta(seconds=hosts.answer_within_s))


def _wire_host_notices(
    outbox: Outbox, store: Store, settings: Settings, links: ResidentLinks, approvals: Approvals
) -> None:
    base_url = settings.hosts.base_url
    if base_url is not None and any(kind.approval is Approval.HOST for kind in settings.visits.kinds.values()):
        sender = HostSender(links, approvals, settings.estate, base_url)
        add_residents(outbox, store, sender, answer_within=timedelta(seconds=settings.hosts.answer_within_s))


def _wire_lanes(
    supervisor: Supervisor, lanes: LaneService, prover: CardProver, build_device: BuildDevice
) -> tuple[dict[str, CameraFeed], dict[str, QrWatch]]:
    cameras: dict[str, CameraFeed] = {}
    watches: dict[str, QrWatch] = {}

    def add(lane: Lane, kind: DeviceKind, spec: DriverSettings, work: Callable[[Any, Worker[Any]], None]) -> None:
        build = partial(build_device, kind, spec.driver, spec.options)
        supervisor.add(f"{lane.name}.{kind.value}", kind, spec.driver, build, work)

    for lane in lanes.all():
        settings: LaneSettings = lane.settings
        add(lane, DeviceKind.RELAY, settings.relay, lane.gate.work)
        if settings.inputs is not None:
            add(lane, DeviceKind.INPUTS, settings.inputs, partial(_watch_inputs, lane, lanes.fire))
        if settings.reader is not None:
            add(lane, DeviceKind.READER, settings.reader, CardWatch(prover, lane.post, settings.uid_order).work)
        if settings.camera is not None:
            feed = cameras[lane.name] = CameraFeed()
            add(lane, DeviceKind.CAMERA, settings.camera, feed.work)
            watch = watches[lane.name] = QrWatch(feed, lane.post)
            add(lane, DeviceKind.DECODER, settings.decoder, watch.work)
    return cameras, watches


def _wire_printer(supervisor: Supervisor, settings: Settings, spool: Spool, build_device: BuildDevice) -> None:
    spec = settings.printer
    if spec is not None:
        build = partial(build_device, DeviceKind.PRINTER, spec.driver, spec.options)
        work: Callable[[Any, Worker[Any]], None] = spool.work
        supervisor.add("printer", DeviceKind.PRINTER, spec.driver, build, work)


def _watch_inputs(lane: Lane, fire: FireHold, inputs: GateInputs, worker: Worker[GateInputs]) -> None:
    states = inputs.state()
    _watch_for_fire(lane, fire, is_on=states.get(GateInput.FIRE, False), was_found=True)
    lane.post(InputsFound(states, time.monotonic_ns()))
    try:
        while not worker.stopping.is_set():
            worker.beat()
            event = inputs.wait_for_change(_EVENT_WAIT_S)
            if event is None:
                continue
            if event.input is GateInput.FIRE:
                _watch_for_fire(lane, fire, is_on=event.active, was_found=False)
            lane.post(event)
    finally:
        lane.gate.note_loop(is_occupied=False)  # out of sight: it keeps no lane open


def _watch_for_fire(lane: Lane, fire: FireHold, *, is_on: bool, was_found: bool) -> None:
    if fire.note(lane.name, is_on=is_on, was_found=was_found):  # the gates are open by now, the alarm may wait
        lane.alarm(AlarmKind.FIRE)
