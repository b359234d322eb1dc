"""Cards: put on record, find, read, change."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from kiosk.domain.access import CredentialState
from kiosk.domain.card_numbers import CardNumberFormat, write_number
from kiosk.services.card_queries import CardFilter
from kiosk.services.cards import Card, uid_of_number
from web.access import appliance
from web.api.card_models import CardChangeBody, CardItem, CardPage, CardsQuery, NewCardBody
from web.api.cursors import read_cursor, write_cursor
from web.api.inputs import ForgiveCardBody
from web.api.operations import caller, operation
from web.api.requests import invalid_fields

_LIST: Final = "cards"
_CHANGES: Final = {
    "holder": "holder", "unit": "unit", "valid_from": "valid_from", "valid_to": "valid_to", "lanes": "lanes",
    "time_profile": "time_profile_id", "group": "group", "for_duress": "for_duress",
    "is_owner": "is_owner", "carrier": "carrier",
}  # fmt: skip
"""Fields of a body that change a card as they stand, and what the service calls them."""


@operation(
    "POST", "/cards", tag="cards", body=NewCardBody, answer=CardItem, status=HTTPStatus.CREATED, errors=("card-exists",)
)
def add_card(body: NewCardBody) -> CardItem:
    """Put a card on record.

    It is active at once and opens the lanes from its next tap on, within the dates, lanes and hours given.
    """
    card = appliance().cards.add(
        actor=caller().actor,
        uid=_uid_of(body),
        holder=body.holder,
        unit=body.unit,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        lanes=body.lanes,
        time_profile_id=body.time_profile,
        group=body.group,
        for_duress=body.for_duress,
        is_owner=body.is_owner,
        carrier=body.carrier,
        technology=body.technology,
        for_visits=body.for_visits,
    )
    return _items([card])[0]


@operation("GET", "/cards", tag="cards", query=CardsQuery, answer=CardPage, exports=_LIST)
def list_cards(query: CardsQuery) -> CardPage:
    """List cards, the one put on record last first.

    Whatever is given narrows the list: all of it has to hold. A number in 26 bits finds every card that it can be.
    """
    state = None if query.state is None else CredentialState(query.state.value)
    wanted = CardFilter(query=query.q, state=state, unit=query.unit)
    page = appliance().card_queries.page(wanted, before=read_cursor(_LIST, query.cursor), limit=query.limit)
    return CardPage(items=_items(page.items), next=write_cursor(_LIST, page.next_after))


@operation("GET", "/cards/<card_id>", tag="cards", answer=CardItem, errors=("not-found",))
def get_card(card_id: str) -> CardItem:
    """Read a card."""
    return _items([appliance().cards.get(card_id)])[0]


@operation("PATCH", "/cards/<card_id>", tag="cards", body=CardChangeBody, answer=CardItem, errors=("not-found",))
def change_card(card_id: str, body: CardChangeBody) -> CardItem:
    """Change a card.

    It holds from the card's next tap on. Repeating it changes nothing more.
    """
    sent = body.model_fields_set
    changes: dict[str, Any] = {ours: getattr(body, theirs) for theirs, ours in _CHANGES.items() if theirs in sent}
    if "state" in sent:
        changes["state"] = CredentialState(body.state.value)
    elif body.reason:
        raise invalid_fields({"reason": "This goes with a state."})
    return _items([appliance().cards.change(card_id, actor=caller().actor, reason=body.reason, **changes)])[0]


@operation(
    "POST",
    "/cards/<card_id>/forgive",
    tag="cards",
    body=ForgiveCardBody,
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found",),
)
def forgive_card(card_id: str, body: ForgiveCardBody) -> None:
    """Forgive a card.

    Anti-passback takes its holder to be neither inside nor outside: its next passage either way is let through.
    """
    appliance().passback.forgive(card_id, actor=caller().actor, reason=body.reason)


def _uid_of(body: NewCardBody) -> str:
    if body.number is not None and body.format is None:
        raise invalid_fields({"format": "Say how this number is made from the UID."})
    if (body.uid is None) == (body.number is None):
        raise invalid_fields({"uid": "Give either this, or `number` and `format`."})
    if body.number is not None and body.format is not None:
        return uid_of_number(body.number, body.format)
    return body.uid or ""


def _items(cards: Sequence[Card]) -> list[CardItem]:
    seen = appliance().card_queries.last_seen(card.id for card in cards)
    return [
        CardItem.model_validate(_row(card) | {"last_seen": seen.get(card.id)}, from_attributes=True) for card in cards
    ]


def _row(card: Card) -> dict[str, Any]:
    own = {name: getattr(card, name) for name in CardItem.model_fields.keys() & set(Card.__dataclass_fields__)}
    uid = bytes.fromhex(card.uid)
    return own | {
        "numbers": {form: write_number(uid, form) for form in CardNumberFormat},
        "lanes": None if card.lanes is None else sorted(card.lanes),
        "time_profile": card.time_profile_id,
    }
