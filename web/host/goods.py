"""The unit's goods: what is kept at the gate with its collecting code, what was collected, and its release slips."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from kiosk.domain.goods import Goods, GoodsState
from kiosk.domain.slips import OPEN_STATES, ApprovalMethod, Slip, SlipState
from kiosk.errors import NotFound
from kiosk.services.goods.goods_queries import GoodsFilter
from kiosk.services.resident_links import ResidentLink
from kiosk.services.sealing import SealingError
from web.access import appliance
from web.host.session import bp, with_link

SHOWN_FOR: Final = timedelta(days=30)
READ: Final = 100
LISTED: Final = 20
_WERE_KEPT: Final = frozenset({GoodsState.COLLECTED, GoodsState.RETURNED})


@bp.get("/goods")
@with_link
def show_goods(link: ResidentLink) -> ResponseReturnValue:
    """What is kept for the unit, its release slips, and what is past."""
    desk = appliance().goods
    slips = desk.slip_queries.of_unit(link.unit, limit=READ)
    return render_template(
        "host/goods.html",
        link=link,
        kept=[(goods, desk.codes.collect_code(goods.id)) for goods in desk.goods_queries.kept(link.unit)],
        collected=_collected(link.unit),
        waiting=_waiting(slips),
        good=[slip for slip in slips if slip.state is SlipState.APPROVED],
        past=[slip for slip in slips if slip.state not in OPEN_STATES][:LISTED],
    )


@bp.get("/goods/<goods_id>/photo.jpg")
@with_link
def show_goods_photo(link: ResidentLink, goods_id: str) -> ResponseReturnValue:
    """The photo of goods that are or were kept for this unit."""
    goods = appliance().goods.goods_queries.get(goods_id)
    if goods.unit != link.unit or goods.state not in _WERE_KEPT | {GoodsState.KEPT}:
        raise NotFound("goods")
    return picture(goods.photo_id)


def slips_to_approve(link: ResidentLink) -> list[Slip]:
    """The slips that wait for the word of this link's holder; none for one who is not the owner."""
    slips = appliance().goods.slip_queries.of_unit(link.unit, limit=READ) if link.is_owner else []
    return [slip for slip in slips if can_approve(slip)]


def can_approve(slip: Slip) -> bool:
    """Tell whether the owner's word by a link would do now."""
    gate = appliance()
    return ApprovalMethod.OWNER_LINK in gate.goods.slips.methods_for(slip, gate.clock.now())


def picture(photo_id: str | None) -> Response:
    """A photo of goods, which the caller has found to be the unit's; not found when there is none to show."""
    if photo_id is None:
        abort(404)
    try:
        return Response(appliance().photos.jpeg(photo_id), mimetype="image/jpeg")
    except SealingError:
        abort(404)


def _waiting(slips: Iterable[Slip]) -> list[tuple[Slip, bool]]:
    """The slips that wait, with whether the owner's word would do now; those for which it would come first."""
    waiting = [(slip, can_approve(slip)) for slip in slips if slip.state is SlipState.REQUESTED]
    return sorted(waiting, key=lambda one: not one[1])


def _collected(unit: str) -> list[Goods]:
    wanted = GoodsFilter(unit=unit, since=appliance().clock.now() - SHOWN_FOR)
    page = appliance().goods.goods_queries.page(wanted, before=None, limit=READ)
    were_kept = [goods for goods in page.items if goods.state in _WERE_KEPT]
    return sorted(were_kept, key=lambda goods: goods.ended_at or goods.created_at, reverse=True)[:LISTED]
