"""The goods desk: everything of goods in and out, wired. Surfaces reach it as `appliance.goods`."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.services.goods.carried import CarriedService
from kiosk.services.goods.codes import GoodsCodes
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


@dataclass(frozen=True, slots=True)
class GoodsDesk:
    """One gate's goods. Each part is safe to use from any thread."""

    codes: GoodsCodes
    goods_in: GoodsInService
    goods_queries: GoodsQueries
    carried: CarriedService
    slips: SlipService
    slip_queries: SlipQueries
    release: SlipRelease
    papers: GoodsPapers
    at_gate: SlipsAtGate
    reconciliation: ReconciliationService
    holds: HoldService
    purge: GoodsPurge
    certificates: Certificates
