"""What the panel says of goods and release slips beyond their labels: lines of the feed, days, items in short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from flask_babel import gettext as _

from kiosk.domain.slips import Slip, SlipItem, SlipState
from kiosk.services.feed_goods import GoodsFacts
from web import goods_words
from web.access import appliance
from web.panel.blueprint import bp, current_session
from web.panel.days import last_day

_ITEMS_IN_SHORT: Final = 2


def details(facts: GoodsFacts) -> list[str]:
    """What a line of the feed adds in smaller letters."""
    told = [
        goods_words.SLIP_STATE_LABELS[facts.state] if facts.state is not None else "",
        goods_words.METHOD_LABELS[facts.approved] if facts.approved is not None else "",
        goods_words.COLLECT_LABELS[facts.collected] if facts.collected is not None else "",
        goods_words.MOVEMENT_LABELS[facts.kind] if facts.kind is not None else "",
        *(goods_words.MISMATCH_SENTENCES[code] for code in facts.found),
        _("Shelf %(shelf)s", shelf=facts.shelf) if facts.shelf else "",
        _("Quantity: %(number)d", number=facts.quantity) if facts.quantity else "",
        _("See %(number)s", number=facts.other_number) if facts.other_number else "",
    ]
    return [str(one) for one in told if one]


def items_in_short(items: Sequence[SlipItem]) -> str:
    """The first items with their quantities, and how many more there are."""
    named = [f"{item.name}\u00a0×\u00a0{item.quantity}" for item in items[:_ITEMS_IN_SHORT]]
    if len(items) > _ITEMS_IN_SHORT:
        named.append(f"+{len(items) - _ITEMS_IN_SHORT}")
    return str(_(", ")).join(named)


def quantity_text(quantity: int, item: SlipItem) -> str:
    """A number of a line in what it is counted in."""
    return f"{quantity} {item.measure}".rstrip()


def window_text(slip: Slip) -> str:
    """The days of a slip; to the minute where it is not good for whole days."""
    zone = appliance().settings.estate.zone
    begins, ends = slip.not_before.astimezone(zone), slip.not_after.astimezone(zone)
    if not (_is_midnight(begins) and _is_midnight(ends)):
        return f"{begins:%Y-%m-%d %H:%M} – {ends:%Y-%m-%d %H:%M}"
    first, last = begins.date(), last_day(slip.not_after, zone)
    if first == last:
        return first.isoformat()
    return f"{first} – {last:%m-%d}" if first.year == last.year else f"{first} – {last}"


def whose(slip: Slip) -> str:
    """The unit or the department whose goods leave."""
    return slip.unit or slip.department


def may_leave_now(slip: Slip, now: datetime) -> bool:
    """Tell whether goods may leave on a slip at this moment, as far as its state and its days say."""
    return slip.state is SlipState.APPROVED and slip.not_before <= now < slip.not_after


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    if current_session() is None:
        return {}
    return goods_words.for_templates() | {
        "items_in_short": items_in_short,
        "quantity_text": quantity_text,
        "window_text": window_text,
        "whose": whose,
        "may_leave_now": may_leave_now,
        "pieces_left": lambda slip: sum(item.balance for item in slip.items),
        "pieces_of": lambda slip: sum(item.quantity for item in slip.items),
    }
