"""Wires the goods desk."""

from __future__ import annotations

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.services.goods.carried import CarriedService
from kiosk.services.goods.codes import SECRET_NAME, GoodsCodes
from kiosk.services.goods.desk import GoodsDesk
from kiosk.services.goods.goods_in import GoodsInService
from kiosk.services.goods.goods_queries import GoodsQueries
from kiosk.services.goods.holds import HoldService
from kiosk.services.goods.papers import GoodsPapers
from kiosk.services.goods.purge import GoodsPurge
from kiosk.services.goods.purge_certificates import Certificates
from kiosk.services.goods.reconciliation import ReconciliationService
from kiosk.services.goods.slip_gate import SlipsAtGate
from kiosk.services.goods.slip_queries import SlipQueries
from kiosk.services.goods.slip_release import SlipRelease
from kiosk.services.goods.slips import SlipService
from kiosk.services.hours import Hours
from kiosk.services.lane_opener import LaneOpener
from kiosk.services.photos import PhotoService
from kiosk.services.sealing import SealingKey
from kiosk.services.secret_values import load_secret
from kiosk.services.spool import Spool
from kiosk.services.visits import VisitService
from kiosk.store.database import Store


def wire_slips_at_gate(store: Store, clock: Clock, sealing: SealingKey) -> SlipsAtGate:
    """Wire what hears of slips held up: the lanes are told of it before the rest of the desk can be wired."""
    return SlipsAtGate(store, clock, GoodsCodes(load_secret(store, sealing, SECRET_NAME)))


def wire_goods(
    settings: Settings,
    store: Store,
    clock: Clock,
    sealing: SealingKey,
    *,
    visits: VisitService,
    photos: PhotoService,
    opener: LaneOpener,
    hours: Hours,
    spool: Spool,
    at_gate: SlipsAtGate,
) -> GoodsDesk:
    """Wire the goods desk."""
    codes = GoodsCodes(load_secret(store, sealing, SECRET_NAME))
    papers = GoodsPapers(store, spool, settings.estate, codes)
    papers.make_copies()
    return GoodsDesk(
        codes=codes,
        goods_in=GoodsInService(
            store, settings.goods, settings.estate, visits=visits, photos=photos, opener=opener, codes=codes,
            print_label=papers.print_label,
        ),
        goods_queries=GoodsQueries(store, codes),
        carried=CarriedService(store),
        slips=SlipService(store, clock, settings.goods, settings.estate, photos=photos, hours=hours),
        slip_queries=SlipQueries(store, clock, codes),
        release=SlipRelease(store, clock, photos=photos, opener=opener),
        papers=papers,
        at_gate=at_gate,
        reconciliation=ReconciliationService(store, clock, settings.estate),
        holds=HoldService(store),
        purge=GoodsPurge(store, settings.goods),
        certificates=Certificates(store),
    )  # fmt: skip
