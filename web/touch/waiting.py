"""What waits for the guard: whether it still does, and giving it up."""

from __future__ import annotations

from kiosk.domain.goods import GoodsState
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict
from web.access import appliance
from web.touch.session import ACTOR
from web.turns.draft import Draft, Register


def is_waiting(draft: Draft) -> bool:
    """Tell whether what a turn has become waits for somebody's word."""
    box, result = appliance(), draft.result
    if result is None or result.register is Register.SLIP:
        return False  # nobody stays at the gate until a slip is approved
    if result.register is Register.GOODS:
        return box.goods.goods_queries.get(result.id).state is GoodsState.WAITING
    return box.visit_queries.get(result.id).state is VisitState.WAITING


def give_up(draft: Draft) -> bool:
    """Cancel what a turn has become if it is still waiting; False when it is not."""
    box, result = appliance(), draft.result
    if result is None or not is_waiting(draft):
        return False
    try:
        if result.register is Register.GOODS:
            box.goods.goods_in.cancel(result.id, actor=ACTOR)
        else:
            box.visits.cancel(result.id, actor=ACTOR)
    except Conflict:
        return False
    return True
