"""The appliance: everything of one gate, wired. Surfaces are handed this and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hardware.camera_feed import CameraFeed
from hardware.supervisor import Supervisor
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.services.accounts import AccountService
from kiosk.services.alarms import AlarmService
from kiosk.services.annotations import AnnotationService
from kiosk.services.approvals import Approvals, HostWatch
from kiosk.services.blocklist import BlocklistService
from kiosk.services.card_keys import CardKeys
from kiosk.services.card_queries import CardQueries
from kiosk.services.cards import CardService
from kiosk.services.corner import CornerCards
from kiosk.services.decisions import DecisionService
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
from kiosk.services.hours import Hours
from kiosk.services.housekeeping import Housekeeping
from kiosk.services.ime.lookup import InputMethod
from kiosk.services.invitations import InvitationService
from kiosk.services.lanes import LaneService
from kiosk.services.muster import MusterService
from kiosk.services.muster_watch import MusterWatch
from kiosk.services.outbox import Outbox
from kiosk.services.pass_check import PassChecker
from kiosk.services.pass_keys import PassKeys
from kiosk.services.pass_queries import PassQueries
from kiosk.services.passages import PassbackService
from kiosk.services.passes import PassService
from kiosk.services.photo_guide import PhotoGuide
from kiosk.services.photos import PhotoService
from kiosk.services.power import Power
from kiosk.services.reach import Reach
from kiosk.services.resident_links import ResidentLinks
from kiosk.services.returning import ReturningVisitors
from kiosk.services.screen_pause import ScreenPause
from kiosk.services.self_test import SelfTests
from kiosk.services.service_times import ServiceTimes
from kiosk.services.shifts import Shifts
from kiosk.services.spool import Spool
from kiosk.services.time_profiles import TimeProfileService
from kiosk.services.timings import Timings
from kiosk.services.units import UnitService
from kiosk.services.visit_queries import VisitQueries
from kiosk.services.visit_receipts import VisitReceipts
from kiosk.services.visits import VisitService
from kiosk.services.voice import Voice
from kiosk.services.webhooks import WebhookService
from kiosk.store.database import Store

log = logging.getLogger(__name__)

ALIVE_WITHIN_S: Final = 10.0
"""A lane whose loop has not turned for this long is dead, and the watchdog may restart the box."""


@dataclass(frozen=True, slots=True)
class Appliance:
    """One gate. Built by `kiosk.bootstrap.build_appliance`; `start` brings it to life, `stop` ends it in reverse order.

    `cameras` is by lane name, for lanes that have one. `is_demo` is True when the estate is the
    seeded one and every device is simulated. `web_secret` signs what browsers are given to keep.
    """

    settings: Settings
    clock: Clock
    store: Store
    supervisor: Supervisor
    feed: Feed
    feed_view: FeedView
    figures: Figures
    service_times: ServiceTimes
    annotations: AnnotationService
    units: UnitService
    visits: VisitService
    visit_queries: VisitQueries
    blocklist: BlocklistService
    goods: GoodsDesk
    returning: ReturningVisitors
    passes: PassService
    pass_queries: PassQueries
    pass_checker: PassChecker
    pass_keys: PassKeys
    cards: CardService
    card_queries: CardQueries
    card_keys: CardKeys
    desk_taps: DeskTaps
    photos: PhotoService
    photo_guide: PhotoGuide
    documents: DocumentService
    spool: Spool
    receipts: VisitReceipts
    lanes: LaneService
    muster: MusterService
    muster_watch: MusterWatch
    accounts: AccountService
    alarms: AlarmService
    guard_help: GuardHelp
    shifts: Shifts
    cameras: Mapping[str, CameraFeed]
    passback: PassbackService
    decisions: DecisionService
    device_journal: DeviceJournal
    housekeeping: Housekeeping
    time_profiles: TimeProfileService
    hours: Hours
    outbox: Outbox
    webhooks: WebhookService
    timings: Timings
    self_tests: SelfTests
    resident_links: ResidentLinks
    invitations: InvitationService
    input_method: InputMethod
    approvals: Approvals
    host_watch: HostWatch
    exports: Exports
    voice: Voice
    form_codes: FormCodes
    phone_reach: Reach
    screen_pause: ScreenPause
    corner_cards: CornerCards
    power: Power
    is_demo: bool
    web_secret: bytes = field(repr=False)

    def start(self) -> None:
        """Settle what a crash left open, then start every worker. Devices that do not open do not hold it up."""
        self.lanes.settle_interrupted()
        self.spool.settle_interrupted()
        self.exports.clear()
        with self.store.write() as transaction:
            transaction.record("system", "system.started", {})
        self.supervisor.listen(self.device_journal.note)
        self.device_journal.start()
        self.timings.start()
        self.lanes.start()
        self.muster_watch.start()
        self.supervisor.start()
        self.housekeeping.start()
        self.host_watch.start()
        self.outbox.start()

    def is_alive(self) -> bool:
        """Tell whether the loops that open gates turn: what the watchdog feeds on."""
        return self.lanes.are_alive(ALIVE_WITHIN_S)

    def let_go(self) -> None:
        """Begin to stop, without waiting: relays are released and streams end. `stop` does the rest."""
        self.supervisor.let_go()
        self.spool.wake()
        self.lanes.let_go()
        self.outbox.let_go()
        self.feed.close()

    def stop(self, timeout_s: float) -> bool:
        """Release the relays, end every worker, close the store; False when a worker did not end in time.

        The lanes end last, so that what the relays did to the end is on record.
        """
        self.let_go()
        deadline_s = time.monotonic() + timeout_s
        ended = [
            stop(max(0.0, deadline_s - time.monotonic()))
            for stop in (
                self.supervisor.stop,
                self.housekeeping.stop,
                self.host_watch.stop,
                self.lanes.stop,
                self.muster_watch.stop,
                self.device_journal.stop,
                self.timings.stop,
                self.outbox.stop,  # the last to be waited for: it may be in a network that does not answer
            )
        ]
        try:
            with self.store.write() as transaction:
                transaction.record("system", "system.stopped", {})
        except Exception:
            # A full disk: the relays are released, and that is what stopping is for.
            log.exception("the stop could not be journalled")
        self.input_method.close()
        self.store.close()
        return all(ended)
