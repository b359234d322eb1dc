"""The one place that wires: settings in, an appliance out. Nothing else constructs a device, a store or a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
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
from kiosk.domain.visits import Approval
from kiosk.services.accounts import AccountService
from kiosk.services.admission import Admission
from kiosk.services.alarms import AlarmService
from kiosk.services.approvals import Approvals, HostWatch
from kiosk.services.card_keys import CardKeys
from kiosk.services.card_watch import CardProver, CardWatch
from kiosk.services.cards import CardService
from kiosk.services.desfire import Application
from kiosk.services.device_journal import DeviceJournal
from kiosk.services.feed import Feed
from kiosk.services.feed_view import FeedView
from kiosk.services.fire import FireHold
from kiosk.services.host_notices import HostSender, add_residents
from kiosk.services.housekeeping import Housekeeping
from kiosk.services.invitations import InvitationService
from kiosk.services.lanes import InputsFound, Lane, LaneService
from kiosk.services.notices import add_channels
from kiosk.services.outbox import Outbox
from kiosk.services.passes import PassKeys, PassService
from kiosk.services.photos import PhotoService
from kiosk.services.qr_watch import QrWatch
from kiosk.services.register import Register
from kiosk.services.resident_links import ResidentLinks
from kiosk.services.sealing import SealingKey, key_path, load_or_make
from kiosk.services.secret_values import load_secret
from kiosk.services.spool import Spool
from kiosk.services.units import UnitService
from kiosk.services.visit_queries import VisitQueries
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
    admission = Admission(store, keys, register, identify_only_opens=settings.cards.identify_only_opens)
    card_keys = CardKeys(store, sealing)
    prover = CardProver(_application(settings), card_keys)
    names = frozenset(settings.lanes)
    lanes = LaneService({name: Lane(name, lane, store, admission) for name, lane in settings.lanes.items()}, store)
    supervisor = Supervisor()
    cameras = _wire_lanes(supervisor, lanes, prover, build_device)
    passes, photos = PassService(store, keys, names), PhotoService(store, sealing)
    spool = Spool(store, clock, settings)
    _wire_printer(supervisor, settings, spool, build_device)
    links, approvals = _wire_hosts(store, clock, settings, sealing)
    visits = VisitService(
        store, clock, settings.visits, register=register, passes=passes, photos=photos, spool=spool,
        lanes=names, pulse=lanes.pulse, approvals=approvals,
    )  # fmt: skip
    outbox = Outbox(store, clock, SystemRandom().random)
    webhooks = WebhookService(store, clock, sealing, outbox)
    webhooks.load()
    add_channels(outbox, store, settings.notify, settings.estate)
    _wire_host_notices(outbox, store, settings, links, approvals)
    return Appliance(
        settings=settings,
        clock=clock,
        store=store,
        supervisor=supervisor,
        feed=Feed(store),
        feed_view=FeedView(store),
        units=UnitService(store),
        visits=visits,
        visit_queries=VisitQueries(store),
        passes=passes,
        cards=CardService(store),
        card_keys=card_keys,
        photos=photos,
        spool=spool,
        lanes=lanes,
        accounts=AccountService(store, clock, settings.panel),
        alarms=AlarmService(store),
        cameras=cameras,
        device_journal=DeviceJournal(store),
        housekeeping=Housekeeping(
            clock, visits, spool, expire_at=settings.visits.expire_overdue_at, zone=settings.estate.zone
        ),
        outbox=outbox,
        webhooks=webhooks,
        resident_links=links,
        invitations=InvitationService(store, clock, passes),
        approvals=approvals,
        host_watch=HostWatch(approvals),
        is_demo=is_demo,
        web_secret=load_secret(store, sealing, "web"),
    )


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
) -> dict[str, CameraFeed]:
    cameras: dict[str, CameraFeed] = {}

    def add(lane: Lane, kind: DeviceKind, spec: DriverSettings, work: Callable[[Any, Worker[Any]], None]) -> None:
        build = partial(build_device, kind, spec.driver, spec.options)
        supervisor.add(f"{lane.name}.{kind.value}", kind, spec.driver, build, work)

    for lane in lanes.all():
        settings: LaneSettings = lane.settings
        add(lane, DeviceKind.RELAY, settings.relay, lane.gate.work)
        if settings.inputs is not None:
            add(lane, DeviceKind.INPUTS, settings.inputs, partial(_watch_inputs, lane, lanes.fire))
        if settings.reader is not None:
            add(lane, DeviceKind.READER, settings.reader, CardWatch(prover, lane.post).work)
        if settings.camera is not None:
            feed = cameras[lane.name] = CameraFeed()
            add(lane, DeviceKind.CAMERA, settings.camera, feed.work)
            add(lane, DeviceKind.DECODER, settings.decoder, QrWatch(feed, lane.post).work)
    return cameras


def _wire_printer(supervisor: Supervisor, settings: Settings, spool: Spool, build_device: BuildDevice) -> None:
    spec = settings.printer
    if spec is not None:
        build = partial(build_device, DeviceKind.PRINTER, spec.driver, spec.options)
        work: Callable[[Any, Worker[Any]], None] = spool.work
        supervisor.add("printer", DeviceKind.PRINTER, spec.driver, build, work)


def _watch_inputs(lane: Lane, fire: FireHold, inputs: GateInputs, worker: Worker[GateInputs]) -> None:
    states = inputs.state()
    _watch_for_fire(lane, fire, is_on=states.get(GateInput.FIRE, False))
    lane.post(InputsFound(states, time.monotonic_ns()))
    while not worker.stopping.is_set():
        worker.beat()
        event = inputs.wait_for_change(_EVENT_WAIT_S)
        if event is None:
            continue
        if event.input is GateInput.FIRE:
            _watch_for_fire(lane, fire, is_on=event.active)
        lane.post(event)


def _watch_for_fire(lane: Lane, fire: FireHold, *, is_on: bool) -> None:
    if fire.note(lane.name, is_on=is_on):  # the gates are open by now, the alarm may wait
        lane.alarm(AlarmKind.FIRE)
