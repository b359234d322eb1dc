"""Cards at the panel: finding them, one card with what became of it, and what the card office does with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.access import Code, CredentialState
from kiosk.domain.card_numbers import UNIQUE, CardNumberFormat, write_number
from kiosk.domain.card_proof import CardTechnology
from kiosk.domain.roles import Permission, may
from kiosk.domain.subjects import Subject
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.card_queries import CardFilter, UnknownCard
from kiosk.services.cards import CARD_STATES, Card
from kiosk.services.desk_taps import Tap
from kiosk.services.export import every_page
from web.access import appliance
from web.paging import place_before
from web.panel.answers import done, reason_from_form
from web.panel.blueprint import bp, current_user, needs
from web.panel.card_forms import CardForm, changes_from, details_from, form_from, form_of, uid_from
from web.panel.card_wording import STATE_ACTIONS, fob_formats
from web.panel.columns import card_columns, card_lines
from web.panel.desk import DeskWait, taken_tap, wait_for_card
from web.panel.exports import send_list

PAGE_LENGTH: Final = 25
MAX_QUERY: Final = 80
HISTORY_LENGTH: Final = 50
OFFERED_FOR: Final = timedelta(minutes=1)
"""How long after its tap an unknown card is offered to whoever puts one on record."""
UNITS_OFFERED: Final = 2000
_NEW_CARD: Final = "new-card"
"""What a card at the desk is waited for here."""


@bp.get("/cards")
@needs(Permission.SEE_PEOPLE)
def list_cards() -> str:
    """Cards by whatever is known of them, the one put on record last first."""
    wanted = _wanted()
    place = place_before()
    page = appliance().card_queries.page(wanted, before=place, limit=PAGE_LENGTH)
    return render_template(
        "panel/cards.html",
        page=page,
        seen=appliance().card_queries.last_seen(card.id for card in page.items),
        last_days={card.id: form_of(card, appliance().settings.estate.zone).valid_to for card in page.items},
        query=wanted.query,
        state=wanted.state,
        states=list(STATE_ACTIONS),
        is_first=place is None,
        now=appliance().clock.now(),
        desk_tap=_desk_tap(),
    )


@bp.get("/cards.<ending>")
@needs(Permission.EXPORT_CARDS)
def export_cards(ending: str) -> Response:
    """The same cards, all of them, as a file."""
    pages = every_page(appliance().card_queries.page, _wanted())
    return send_list("cards", ending, card_columns(), card_lines(pages))


@bp.get("/cards/<card_id>")
@needs(Permission.SEE_PEOPLE)
def show_card(card_id: str) -> str:
    """One card with all its numbers, what it is good for, and its history.

    Telephone numbers and the duress mark are for the card office: whoever forces a guard may be reading along.
    """
    gate = appliance()
    card = gate.cards.get(card_id)
    is_office = may(current_user().role, Permission.MANAGE_CARDS)
    unsaid = frozenset() if is_office else frozenset({"for_duress"})
    history = [
        replace(item, credential=None, changed=tuple(set(item.changed) - unsaid))  # that it is a card, they know
        for item in gate.feed_view.history(Subject.CARD, card.id, limit=HISTORY_LENGTH)
    ]
    profiles = {profile.id: profile.name for profile in gate.card_queries.time_profiles()}
    uid = bytes.fromhex(card.uid)
    return render_template(
        "panel/card.html",
        card=card,
        shown=form_of(card, gate.settings.estate.zone),
        profile=profiles.get(card.time_profile_id or "", ""),
        fob=[(form, write_number(uid, form)) for form in fob_formats()],
        others=[(form, write_number(uid, form)) for form in CardNumberFormat if form not in fob_formats()],
        seen=gate.card_queries.last_seen([card.id]).get(card.id),
        history=history[::-1],
        residents=gate.card_queries.residents(card.unit),
        now=gate.clock.now(),
    )


@bp.get("/cards/new")
@needs(Permission.MANAGE_CARDS)
def show_new_card() -> Response:
    """The form for a new card; `?uid=` fills in the number of one that a reader has seen."""
    return _new_form(_with_uid(CardForm(), request.args.get("uid", "")[:MAX_QUERY]))


@bp.post("/cards/new/desk")
@needs(Permission.MANAGE_CARDS)
def read_new_card() -> Response:
    """Wait for the new card at the desk, beside what is typed already, and fill in its number."""
    form, here = form_from(request.form), url_for("panel.read_new_card")
    tap = taken_tap(_NEW_CARD)
    if tap is None:
        return _form(form, None, wait=wait_for_card(_NEW_CARD, then=here, here=here))
    known = appliance().card_queries.of_uid(tap.uid)
    return _form(_with_uid(form, tap.uid), None, {"number": FieldProblem.TAKEN} if known else None, known)


@bp.get("/parts/desk-card")
@needs(Permission.SEE_PEOPLE, is_use=False)
def show_desk_card() -> str:
    """The card that has just been shown at the desk, for refreshing the list."""
    return render_template("panel/_desk_card.html", desk_tap=_desk_tap())


@bp.get("/parts/unknown-cards")
@needs(Permission.MANAGE_CARDS, is_use=False)
def show_unknown_cards() -> str:
    """The cards that have just been held to a reader and are not on record, for refreshing the form."""
    return render_template("panel/_unknown_cards.html", unknown=_unknown())


@bp.post("/cards")
@needs(Permission.MANAGE_CARDS)
def add_card() -> Response:
    """Put a card on record; `take` is the touch on one that a reader has seen, and only fills in its number."""
    gate, form = appliance(), form_from(request.form)
    if request.form.get("take"):
        return _new_form(_with_uid(form, request.form["take"]))
    technology = CardTechnology.DESFIRE if form.proves_itself and gate.settings.cards.desfire else None
    try:
        uid = uid_from(form)
        known = gate.card_queries.of_uid(uid)
        if known is not None:
            return _form(form, None, {"number": FieldProblem.TAKEN}, known)
        card = gate.cards.add(
            actor=current_user().actor, uid=uid, for_visits=form.for_visits, technology=technology,
            **details_from(form, frozenset(gate.settings.lanes), gate.settings.estate.zone),
        )  # fmt: skip
    except Invalid as refusal:
        return _new_form(form, refusal.fields)
    return done(_("The card is on record."), url_for("panel.show_card", card_id=card.id))


@bp.get("/cards/<card_id>/edit")
@needs(Permission.MANAGE_CARDS)
def show_card_form(card_id: str) -> Response:
    """The form for changing a card."""
    card = appliance().cards.get(card_id)
    return _form(form_of(card, appliance().settings.estate.zone), card)


@bp.post("/cards/<card_id>")
@needs(Permission.MANAGE_CARDS)
def change_card(card_id: str) -> Response:
    """Change a card."""
    gate, form = appliance(), form_from(request.form)
    card = gate.cards.get(card_id)
    try:
        changes = changes_from(form, card, frozenset(gate.settings.lanes), gate.settings.estate.zone)
        gate.cards.change(card.id, actor=current_user().actor, **changes)
    except Invalid as refusal:
        return _form(form, card, refusal.fields)
    return done(_("The card is changed."), url_for("panel.show_card", card_id=card.id))


@bp.post("/cards/<card_id>/state")
@needs(Permission.MANAGE_CARDS)
def set_card_state(card_id: str) -> Response:
    """Give a card another state, with the reason."""
    reason, state = reason_from_form(), request.form.get("state", "")
    if state not in CARD_STATES:
        raise Invalid({"state": FieldProblem.REQUIRED})
    appliance().cards.set_state(card_id, CredentialState(state), actor=current_user().actor, reason=reason)
    return done(_("The card is changed."), url_for("panel.show_card", card_id=card_id))


def _wanted() -> CardFilter:
    state = request.args.get("state", "")
    return CardFilter(request.args.get("q", "")[:MAX_QUERY], CredentialState(state) if state in CARD_STATES else None)


def _unknown() -> list[UnknownCard]:
    """The cards to put on record: those of the desk first, as whoever sits there put them down; they have no lane."""
    box = appliance()
    at_desk = {tap.uid: UnknownCard(tap.uid, "", tap.at) for tap in reversed(box.desk_taps.recent()) if tap.uid}
    at_lanes = box.card_queries.unknown_since(box.clock.now() - OFFERED_FOR)
    return [
        *(one for one in reversed(at_desk.values()) if box.card_queries.of_uid(one.uid) is None),
        *(one for one in at_lanes if one.uid not in at_desk),
    ]


def _desk_tap() -> Tap | None:
    """The last card at the desk that nobody waited for, as it stands on record by now."""
    box = appliance()
    tap = next(iter(box.desk_taps.recent()), None)
    if tap is None or tap.card_id is not None:
        return tap
    card = box.card_queries.of_uid(tap.uid)
    return tap if card is None else replace(tap, card_id=card.id, holder=card.holder, unit=card.unit, code=Code.GRANTED)


def _with_uid(form: CardForm, uid: str) -> CardForm:
    return replace(form, number=uid, format=CardNumberFormat.HEX.value) if uid else form


def _new_form(form: CardForm, problems: dict[str, FieldProblem] | None = None) -> Response:
    if not form.number and not problems:
        printed = next((one for one in fob_formats() if one in UNIQUE), CardNumberFormat.HEX)
        form = replace(form, format=printed.value)
    return _form(form, None, problems)


def _form(
    form: CardForm,
    card: Card | None,
    problems: dict[str, FieldProblem] | None = None,
    known: Card | None = None,
    wait: DeskWait | None = None,
) -> Response:
    """The form for a card, or for a new one; `known` is the card that has the number already."""
    gate, here = appliance(), url_for("panel.read_new_card")
    page = render_template(
        "panel/card_form.html",
        form=form,
        card=card,
        problems=problems or {},
        known=known,
        formats=UNIQUE,
        unknown=[] if card else _unknown(),
        wait=wait or DeskWait(here, here),
        groups=gate.card_queries.groups(),
        carriers=gate.settings.goods.carriers,
        profiles=gate.card_queries.time_profiles(),
        lanes=list(gate.settings.lanes),
        asks_proof=card is None and gate.settings.cards.desfire is not None,
        units=[unit for _position, unit in gate.units.page("", 0, UNITS_OFFERED)],
    )
    return make_response(page, int(HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK))
