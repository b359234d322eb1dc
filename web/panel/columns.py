"""What the files of the panel's lists tell: what the screens have, and what there was no room for.

Called within a request: the headings are in its reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from kiosk.domain.goods import Goods
from kiosk.domain.slips import Slip, SlipItem
from kiosk.domain.visits import Visit
from kiosk.services.card_queries import Seen
from kiosk.services.cards import Card
from kiosk.services.export import Column
from kiosk.services.pass_queries import PassRecord
from web import goods_words, sentences
from web.access import appliance
from web.goods_words import CATEGORY_LABELS, COLLECT_LABELS, GOODS_STATE_LABELS, HANDLING_LABELS
from web.panel.card_wording import STATE_LABELS, fob_numbers
from web.panel.pass_words import KIND_LABELS, STANDING_LABELS, hours_lines
from web.panel.wording import actor_label


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card with its last tap; None when it was never held up."""

    card: Card
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit with what is said about it."""

    visit: Visit
    remarks: str


@dataclass(frozen=True, slots=True)
class SlipLine:
    """An item of a release slip, with its slip."""

    slip: Slip
    item: SlipItem


def visit_columns() -> list[Column[VisitLine]]:
    """Of visits."""
    return [
        Column(_("Number"), lambda line: line.visit.number),
        Column(_("State"), lambda line: str(sentences.state_label(line.visit.state))),
        Column(_("Kind"), lambda line: str(sentences.kind_label(line.visit.kind))),
        Column(_("Name"), lambda line: line.visit.visitor_name, 24),
        Column(_("Unit"), lambda line: line.visit.unit),
        Column(_("Telephone"), lambda line: line.visit.phone, 18),
        Column(_("Companions"), lambda line: line.visit.companions, 12),
        Column(_("Vehicle plate"), lambda line: line.visit.vehicle_plate),
        Column(_("Purpose of the visit"), lambda line: line.visit.purpose, 30),
        Column(_("Lane"), lambda line: line.visit.lane, 12),
        Column(_("Came"), lambda line: line.visit.created_at, 20),
        Column(_("Signed in"), lambda line: line.visit.signed_in_at, 20),
        Column(_("Valid until"), lambda line: line.visit.ends_at, 20),
        Column(_("Ended"), lambda line: line.visit.ended_at, 20),
        Column(_("Decided by"), lambda line: actor_label(line.visit.decided_by or "")),
        Column(_("Reason"), lambda line: line.visit.reason, 30),
        Column(_("Remarks"), lambda line: line.remarks, 40),
    ]


def goods_columns() -> list[Column[Goods]]:
    """Of goods in. The code that collects them is not among them."""
    return [
        Column(_("Number"), lambda goods: goods.number),
        Column(_("State"), lambda goods: str(GOODS_STATE_LABELS[goods.state])),
        Column(_("Unit"), lambda goods: goods.unit),
        Column(_("Carrier"), lambda goods: goods.carrier, 24),
        Column(_("Kind"), lambda goods: str(CATEGORY_LABELS[goods.category])),
        Column(_("Description"), lambda goods: goods.description, 30),
        Column(_("Pieces"), lambda goods: goods.pieces, 10),
        Column(_("Handling"), lambda goods: str(HANDLING_LABELS[goods.handling])),
        Column(_("Shelf"), lambda goods: goods.shelf, 10),
        Column(_("Name"), lambda goods: goods.carrier_name, 24),
        Column(_("Telephone"), lambda goods: goods.phone, 18),
        Column(_("Vehicle plate"), lambda goods: goods.vehicle_plate),
        Column(_("Lane"), lambda goods: goods.lane, 12),
        Column(_("Came"), lambda goods: goods.created_at, 20),
        Column(_("Decided"), lambda goods: goods.decided_at, 20),
        Column(_("Decided by"), lambda goods: actor_label(goods.decided_by or "")),
        Column(_("Reason"), lambda goods: goods.reason, 30),
        Column(_("Ended"), lambda goods: goods.ended_at, 20),
        Column(
            _("Handed out"), lambda goods: str(COLLECT_LABELS[goods.collect_method]) if goods.collect_method else ""
        ),
    ]


def pass_columns() -> list[Column[PassRecord]]:
    """Of passes. The code itself is not among them: whoever has it can come in."""
    return [
        Column(_("Pass holder"), lambda record: record.holder, 24),
        Column(_("Unit"), lambda record: record.claims.unit),
        Column(_("Kind"), lambda record: str(KIND_LABELS[record.claims.kind])),
        Column(_("State"), lambda record: str(STANDING_LABELS[record.standing])),
        Column(_("Valid from"), lambda record: record.claims.not_before, 20),
        Column(_("Valid until"), lambda record: record.claims.not_after, 20),
        Column(
            _("Hours"), lambda record: " · ".join(hours_lines(record.claims.weekly)) if record.claims.weekly else "", 30
        ),
        Column(_("Entries"), lambda record: record.uses, 12),
        Column(_("Entries at most"), lambda record: record.claims.max_uses, 16),
        Column(_("Lanes"), lambda record: _lanes(record.claims.lanes)),
        Column(_("Issued by the gate"), lambda record: record.gate),
        Column(_("Number"), lambda record: record.id, 36),
    ]


def card_columns() -> list[Column[CardLine]]:
    """Of cards. The duress mark is not among them: a file lies about where a screen does not."""
    return [
        Column(_("Holder"), lambda line: line.card.holder, 24),
        Column(_("Unit"), lambda line: line.card.unit),
        Column(_("UID"), lambda line: line.card.uid, 18),
        Column(_("Number of the card"), lambda line: " · ".join(fob_numbers(line.card.uid)), 20),
        Column(_("Group"), lambda line: line.card.group),
        Column(_("Good for"), _good_for),
        Column(_("Courier's company"), lambda line: line.card.carrier, 24),
        Column(_("Valid from"), lambda line: line.card.valid_from, 20),
        Column(_("Valid until"), lambda line: line.card.valid_to, 20),
        Column(_("State"), lambda line: str(STATE_LABELS[line.card.state])),
        Column(_("Reason"), lambda line: line.card.state_reason, 30),
        Column(_("Last seen"), lambda line: line.seen.at if line.seen else None, 20),
        Column(_("Lane"), lambda line: line.seen.lane if line.seen else "", 12),
    ]


def card_lines(pages: Iterable[Sequence[Card]]) -> Iterator[CardLine]:
    """Cards with their last taps, which are looked up a page at a time."""
    queries = appliance().card_queries
    for cards in pages:
        seen = queries.last_seen(card.id for card in cards)
        yield from (CardLine(card, seen.get(card.id)) for card in cards)


def _good_for(line: CardLine) -> str:
    if line.card.carrier:
        return str(_("Deliveries"))
    return str(_("Visitors")) if line.card.for_visits else _lanes(line.card.lanes)


def _lanes(lanes: frozenset[str] | None) -> str:
    return ", ".join(sorted(lanes)) if lanes else _("All lanes")


def slip_columns() -> list[Column[SlipLine]]:
    """Of release slips, item by item. The code by which the gate knows a slip is not among them."""
    return [
        Column(_("Number"), lambda line: line.slip.number),
        Column(_("State"), lambda line: str(goods_words.SLIP_STATE_LABELS[line.slip.state])),
        Column(_("Kind"), lambda line: str(goods_words.SLIP_KIND_LABELS[line.slip.kind]), 18),
        Column(_("Unit or department"), lambda line: line.slip.unit or line.slip.department),
        Column(_("Goods"), lambda line: line.item.name, 24),
        Column(_("Quantity"), lambda line: line.item.quantity, 10),
        Column(_("Counted in"), lambda line: line.item.measure, 10),
        Column(_("Released"), lambda line: line.item.released, 10),
        Column(_("Lost"), lambda line: line.item.lost, 10),
        Column(_("Left"), lambda line: line.item.balance, 10),
        Column(_("Bring back by"), lambda line: line.item.returnable_until, 20),
        Column(_("Brought back"), lambda line: line.item.returned, 10),
        Column(_("Carrier"), lambda line: line.slip.carrier, 20),
        Column(_("Vehicle plate"), lambda line: line.slip.vehicle_plate),
        Column(_("Asked for by"), lambda line: line.slip.requested_by, 20),
        Column(_("Asked for"), lambda line: line.slip.created_at, 20),
        Column(_("Good from"), lambda line: line.slip.not_before, 20),
        Column(_("Good until"), lambda line: line.slip.not_after, 20),
        Column(_("Approval"), lambda line: _method(line.slip), 24),
        Column(_("Approved"), lambda line: line.slip.approved_at, 20),
        Column(_("Ended"), lambda line: line.slip.ended_at, 20),
        Column(_("Reason"), lambda line: line.slip.reason, 30),
    ]


def _method(slip: Slip) -> str:
    return str(goods_words.METHOD_LABELS[slip.approval_method]) if slip.approval_method is not None else ""
