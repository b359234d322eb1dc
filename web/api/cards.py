"""Cards: put on record, change the state."""

from __future__ import annotations

from http import HTTPStatus

from kiosk.domain.access import CredentialState
from kiosk.services.cards import Card
from web.access import appliance
from web.api.answers import CardItem
from web.api.inputs import CardChangeBody, ForgiveCardBody, NewCardBody
from web.api.operations import caller, operation


@operation(
    "POST", "/cards", tag="cards", body=NewCardBody, answer=CardItem, status=HTTPStatus.CREATED, errors=("card-exists",)
)
def add_card(body: NewCardBody) -> CardItem:
    """Put a card on record.

    It is active at once and opens the lanes from its next tap on, within the dates given.
    """
    card = appliance().cards.add(
        actor=caller().actor,
        uid=body.uid,
        holder=body.holder,
        unit=body.unit,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        technology=body.technology,
        for_visits=body.for_visits,
    )
    return _item(card)


@operation("PATCH", "/cards/<card_id>", tag="cards", body=CardChangeBody, answer=CardItem, errors=("not-found",))
def change_card(card_id: str, body: CardChangeBody) -> CardItem:
    """Change a card's state.

    Repeating it changes nothing more.
    """
    return _item(appliance().cards.set_state(card_id, CredentialState(body.state.value), actor=caller().actor))


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


def _item(card: Card) -> CardItem:
    return CardItem.model_validate({name: getattr(card, name) for name in CardItem.model_fields})
