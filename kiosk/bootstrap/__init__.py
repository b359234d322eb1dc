"""The one place that wires: settings in, an appliance out. Nothing else constructs a device, a store or a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path
from secrets import SystemRandom

from hardware import factory
from hardware.supervisor import Supervisor
from kiosk.appliance import Appliance
from kiosk.bootstrap.access import wire_access
from kiosk.bootstrap.devices import BuildDevice, wire_desk, wire_lanes, wire_photo_guide, wire_printer
from kiosk.bootstrap.goods import wire_goods, wire_slips_at_gate
from kiosk.bootstrap.shifts import shift_chores, wire_shifts
from kiosk.clock import Clock, SystemClock
from kiosk.config import Settings
from kiosk.domain.papers import PrintKind
from kiosk.domain.visits import Approval
from kiosk.services.accounts import AccountService
from kiosk.services.alarms import AlarmService
from kiosk.services.annotations import AnnotationService
from kiosk.services.approvals import Approvals, HostWatch
from kiosk.services.blocklist import BlocklistService
from kiosk.services.calendar_watch import CalendarWatch
from kiosk.services.card_keys import CardKeys
from kiosk.services.card_queries import CardQueries
from kiosk.services.card_watch import CardProver
from kiosk.services.cards import CardService
from kiosk.services.corner import CornerCards
from kiosk.services.decisions import DecisionService
from kiosk.services.desfire import Application
from kiosk.services.desk_taps import DeskTaps
from kiosk.services.device_journal import DeviceJournal
from kiosk.services.documents import DocumentService
from kiosk.services.export import Exports
from kiosk.services.feed import Feed
from kiosk.services.feed_view import FeedView
from kiosk.services.figures import Figures
from kiosk.services.form_codes import FormCodes
from kiosk.services.goods.desk import GoodsDesk
from kiosk.services.guard_help import GuardHelp
from kiosk.services.host_news import GoodsNews, NewsOf, VisitNews
from kiosk.services.host_notices import GOODS_SUBSCRIBER, SUBSCRIBER, HostSender, add_residents
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.ime.lookup import InputMethod
from kiosk.services.invitations import InvitationService
from kiosk.services.lane import Lane
from kiosk.services.lane_opener import LaneOpener
from kiosk.services.lanes import LaneService
from kiosk.services.muster import MusterService, visitors_inside
from kiosk.services.muster_watch import MusterWatch
from kiosk.services.notices import KEEP, add_channels
from kiosk.services.outbox import Outbox
from kiosk.services.overstay import OverstayWatch
from kiosk.services.pass_check import PassChecker
from kiosk.services.pass_keys import PassKeys
from kiosk.services.pass_queries import PassQueries
from kiosk.services.passages import PassbackService, holders_inside
from kiosk.services.passes import PassService
from kiosk.services.photos import PhotoService
from kiosk.services.power import Power
from kiosk.services.reach import Reach
from kiosk.services.register import Register
from kiosk.services.resident_links import ResidentLinks
from kiosk.services.returning import ReturningVisitors
from kiosk.services.screen_pause import ScreenPause
from kiosk.services.sealing import SealingKey, key_path, load_or_make
from kiosk.services.secret_values import load_secret
from kiosk.services.self_test import SelfTests
from kiosk.services.service_times import ServiceTimes
from kiosk.services.spool import Spool
from kiosk.services.timings import Timings
from kiosk.services.units import UnitService
from kiosk.services.visit_purge import VisitPurge
from kiosk.services.visit_queries import VisitQueries
from kiosk.services.visit_receipts import VisitReceipts, visit_paper
from kiosk.services.visits import VisitService
from kiosk.services.voice import Voice, find_program
from kiosk.services.webhooks import WebhookService
from kiosk.store.database import Store


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
    at_gate, form_codes = wire_slips_at_gate(store, clock, sealing), FormCodes(store, clock)
    accounts = AccountService(store, clock, settings.panel)
    corner_cards = CornerCards(store, access.records, access.rules, accounts.user_of_card, settings.touch.lane)
    phone_reach = Reach(settings.touch.phone_base_url)
    lanes = LaneService(
        {
            name: Lane(
                name,
                lane,
                store,
                access.admission,
                interlock=access.interlocks[name],
                note_time=timings.note,
                hear_code=lambda text: at_gate.hears(text) or form_codes.hears(text),
                hear_card=corner_cards.hears,
            )
            for name, lane in settings.lanes.items()
        },
        store,
        access.admission,
        access.states,
    )
    cameras, watches = wire_lanes(supervisor, lanes, prover, build_device)
    desk_taps = DeskTaps(store, clock, access.records, access.rules, settings.desk, faults=supervisor.faults)
    wire_desk(supervisor, settings.desk, desk_taps, prover, build_device)
    passes, photos = PassService(store, keys, names, settings.estate.zone), PhotoService(store, sealing)
    documents = DocumentService(store, sealing)
    spool = Spool(store, clock, settings.printer, {PrintKind.VISIT: visit_paper(settings.estate)})
    receipts = VisitReceipts(store, spool)
    wire_printer(supervisor, settings, spool, build_device)
    links, approvals = _wire_hosts(store, clock, settings, sealing)
    opener = LaneOpener(names, clock, access.states, lanes.pulse)
    visits = VisitService(
        store, settings.visits, register=register, passes=passes, photos=photos, documents=documents,
        receipts=receipts, opener=opener, expected=access.expected, approvals=approvals,
    )  # fmt: skip
    goods = wire_goods(
        settings, store, clock, sealing, visits=visits, photos=photos, opener=opener, hours=access.hours, spool=spool,
        at_gate=at_gate,
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
    feed_view, alarms, service_times = FeedView(store), AlarmService(store), ServiceTimes(store)
    shifts = wire_shifts(
        settings, store, clock, goods=goods, alarms=alarms, supervisor=supervisor, states=access.states, spool=spool
    )  # fmt: skip
    _wire_host_notices(
        outbox,
        store,
        settings,
        links,
        urgent=VisitNews(approvals, links, clock).rules(),
        rest=GoodsNews(goods, links, clock).rules(),
    )
    return Appliance(
        settings=settings,
        clock=clock,
        store=store,
        supervisor=supervisor,
        feed=Feed(store),
        feed_view=feed_view,
        annotations=AnnotationService(store),
        figures=Figures(store, settings.estate.zone),
        service_times=service_times,
        decisions=DecisionService(store, feed_view),
        units=units,
        visits=visits,
        visit_queries=VisitQueries(store),
        blocklist=BlocklistService(store),
        goods=goods,
        returning=ReturningVisitors(store, clock, settings.visits.returning_days),
        passes=passes,
        cards=CardService(store, names),
        card_queries=CardQueries(store),
        desk_taps=desk_taps,
        pass_queries=queries,
        pass_checker=PassChecker(keys, queries, units, clock, access.hours),
        pass_keys=keys,
        card_keys=card_keys,
        photos=photos,
        documents=documents,
        photo_guide=wire_photo_guide(build_device),
        spool=spool,
        receipts=receipts,
        lanes=lanes,
        muster=muster,
        muster_watch=muster_watch,
        accounts=accounts,
        alarms=alarms,
        guard_help=GuardHelp(store, alarms, settings.touch.lane),
        shifts=shifts,
        cameras=cameras,
        device_journal=DeviceJournal(store),
        passback=access.passback,
        housekeeping=Housekeeping(
            clock,
            settings.estate.zone,
            always=[
                spool.lapse_overdue,
                spool.forget_contents,
                goods.slips.lapse_overdue,
                goods.release.tell_late,
                OverstayWatch(store, clock, settings.visits.overstay).run_due,
                CalendarWatch(access.hours, store).look,
                phone_reach.look,
            ],
            daily=[
                *_chores(
                    settings,
                    visits,
                    access.passback,
                    keys,
                    passes,
                    goods=goods,
                    visit_purge=VisitPurge(store, settings.visits),
                    is_fire=lambda: lanes.fire.is_on,
                ),
                *shift_chores(settings, shifts),
                Chore(settings.visits.expire_overdue_at, service_times.forget_old),
            ],
        ),
        time_profiles=access.time_profiles,
        hours=access.hours,
        outbox=outbox,
        webhooks=webhooks,
        timings=timings,
        self_tests=SelfTests(store, clock, lanes, supervisor, cameras=cameras, watches=watches),
        resident_links=links,
        invitations=InvitationService(store, clock, passes),
        input_method=InputMethod(),
        approvals=approvals,
        host_watch=HostWatch(approvals),
        exports=Exports(store, data / "exports"),
        voice=Voice(settings.touch.voice_dir, program=find_program()),
        form_codes=form_codes,
        phone_reach=phone_reach,
        screen_pause=ScreenPause(store),
        corner_cards=corner_cards,
        power=Power(store, is_allowed=settings.touch.may_shut_down),
        is_demo=is_demo,
        web_secret=load_secret(store, sealing, "web"),
    )


def _chores(
    settings: Settings,
    visits: VisitService,
    passback: PassbackService,
    keys: PassKeys,
    passes: PassService,
    *,
    goods: GoodsDesk,
    visit_purge: VisitPurge,
    is_fire: Callable[[], bool],
) -> list[Chore]:
    chores = [
        # The muster list needs whoever never signed out.
        Chore(settings.visits.expire_overdue_at, visits.expire_overdue, waits=is_fire),
        Chore(settings.visits.expire_overdue_at, goods.goods_in.cancel_abandoned),
        Chore(settings.visits.expire_overdue_at, goods.purge.run),
        Chore(settings.visits.expire_overdue_at, visit_purge.run),
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
    outbox: Outbox,
    store: Store,
    settings: Settings,
    links: ResidentLinks,
    *,
    urgent: Mapping[str, NewsOf],
    rest: Mapping[str, NewsOf],
) -> None:
    base_url, estate = settings.hosts.base_url, settings.estate
    if base_url is None:
        return
    if any(kind.approval is Approval.HOST for kind in settings.visits.kinds.values()):
        within = timedelta(seconds=settings.hosts.answer_within_s)
        add_residents(outbox, store, SUBSCRIBER, HostSender(links, urgent, estate, base_url), keep=within)
    add_residents(outbox, store, GOODS_SUBSCRIBER, HostSender(links, rest, estate, base_url), keep=KEEP)
