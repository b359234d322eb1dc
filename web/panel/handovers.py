"""The handover of a shift at the panel: begun, written on, signed by PIN or card, printed, and read later."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.handovers import Handover, HandoverSheet, HandoverState, Means, Side
from kiosk.domain.roles import Permission, may
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.accounts import User
from kiosk.services.export import every_page
from kiosk.services.handovers import MAX_NOTE, MAX_REMARK, HandoverFilter
from web.access import appliance
from web.paging import place_before
from web.panel.answers import done, reason_from_form
from web.panel.blueprint import bp, current_user, needs
from web.panel.days import read_day
from web.panel.desk import taken_tap
from web.panel.exports import send_list
from web.panel.open_item_words import HANDOVER_LABELS, KIND_LABELS, MEANS_LABELS, handover_columns, item_groups
from web.panel.pins import refused_by_pin_of

PAGE_LENGTH: Final = 25


@bp.get("/handovers")
@needs(Permission.HAND_OVER)
def list_handovers() -> str:
    """The one that is open, or what there would be to hand over, and the earlier ones."""
    service, place = appliance().shifts.handovers, place_before()
    wanted = _wanted()
    current = service.current()
    return render_template(
        "panel/handovers.html", page=service.page(wanted, before=place, limit=PAGE_LENGTH), wanted=wanted,
        is_first=place is None, since=request.args.get("since", "") if wanted.since is not None else "",
        current=current, names=[user.username for user in _who_hand_over()],
        groups=[] if current is not None else item_groups(appliance().shifts.open_items.handed_over()),
        kind_labels=KIND_LABELS, states=list(HandoverState), state_labels=HANDOVER_LABELS,
    )  # fmt: skip


@bp.get("/handovers.<ending>")
@needs(Permission.HAND_OVER)
def export_handovers(ending: str) -> Response:
    """The same handovers, all of them, as a file."""
    pages = every_page(appliance().shifts.handovers.page, _wanted())
    return send_list("handovers", ending, handover_columns(), (line for page in pages for line in page))


@bp.post("/handovers")
@needs(Permission.HAND_OVER)
def open_handover() -> AnyResponse:
    """Begin one."""
    sheet = appliance().shifts.handovers.open(current_user())
    return redirect(url_for("panel.show_handover", handover_id=sheet.handover.id), 303)


@bp.get("/handovers/<handover_id>")
@needs(Permission.HAND_OVER)
def show_handover(handover_id: str) -> Response:
    """One handover: the list, the words, and the signatures."""
    return _page(appliance().shifts.handovers.get(handover_id), HTTPStatus.OK, {})


@bp.post("/handovers/<handover_id>/incoming")
@needs(Permission.HAND_OVER)
def name_incoming(handover_id: str) -> AnyResponse:
    """Say who takes over."""
    name = request.form.get("incoming", "")
    sheet = appliance().shifts.handovers.name(handover_id, name, actor=current_user().actor)
    return _done(sheet, _("%(name)s takes over.", name=sheet.handover.incoming))


@bp.post("/handovers/<handover_id>/list")
@needs(Permission.HAND_OVER)
def list_handover_anew(handover_id: str) -> AnyResponse:
    """Add what has come up since."""
    sheet = appliance().shifts.handovers.list_anew(handover_id, actor=current_user().actor)
    return _done(sheet, _("The list is up to date."))


@bp.post("/handovers/<handover_id>/notes")
@needs(Permission.HAND_OVER)
def note_handover(handover_id: str) -> AnyResponse:
    """Add a word, in the name of one of the two or of whoever is logged in."""
    service, text = appliance().shifts.handovers, request.form.get("note", "")
    side = _side(request.form["side"]) if request.form.get("side") else None
    try:
        sheet = service.note(handover_id, text, actor=current_user().actor, side=side)
    except Invalid as refusal:
        typed = {"note": (text[: 2 * MAX_NOTE], refusal.fields["note"])}
        return _page(service.get(handover_id), HTTPStatus.UNPROCESSABLE_ENTITY, typed)
    return _done(sheet, _("The note is on record."))


@bp.post("/handovers/<handover_id>/items/<number>/refuse")
@needs(Permission.HAND_OVER)
def refuse_item(handover_id: str, number: str) -> AnyResponse:
    """Whoever takes over does not take this on."""
    service, text = appliance().shifts.handovers, request.form.get("remark", "")
    try:
        sheet = service.refuse(handover_id, _number(number), text, actor=current_user().actor)
    except Invalid as refusal:
        typed = {number: (text[: 2 * MAX_REMARK], refusal.fields["remark"])}
        return _page(service.get(handover_id), HTTPStatus.UNPROCESSABLE_ENTITY, typed)
    return _done(sheet, _("This item is not taken on. The supervisor is told."))


@bp.post("/handovers/<handover_id>/items/<number>/accept")
@needs(Permission.HAND_OVER)
def accept_item(handover_id: str, number: str) -> AnyResponse:
    """They do after all."""
    sheet = appliance().shifts.handovers.accept(handover_id, _number(number), actor=current_user().actor)
    return _done(sheet, _("This item is taken on."))


@bp.post("/handovers/<handover_id>/sign/<side>")
@needs(Permission.HAND_OVER)
def sign_handover_by_pin(handover_id: str, side: str) -> AnyResponse:
    """Sign by the PIN of the account whose signature is wanted, whoever is logged in."""
    sheet = appliance().shifts.handovers.get(handover_id)
    signer = _signer(sheet.handover, _side(side))
    if not signer.has_pin:
        raise Conflict("no-pin", "This account has no PIN.")
    refused = refused_by_pin_of(signer)
    return refused if refused is not None else _sign(handover_id, _side(side), signer, Means.PIN)


@bp.post("/handovers/<handover_id>/sign/<side>/card")
@needs(Permission.HAND_OVER)
def sign_handover_by_card(handover_id: str, side: str) -> AnyResponse:
    """Sign by the card that was tapped at the desk's reader: the reader's word, and never the browser's."""
    sheet = appliance().shifts.handovers.get(handover_id)
    tap = taken_tap(card_purpose(sheet, _side(side)))
    if tap is None:
        raise Conflict("no-card-shown", "No card was held to the reader for this handover.")
    signer = appliance().accounts.user_of_card(tap.card_id) if tap.card_id is not None and tap.is_good else None
    if signer is None:
        raise Conflict("card-signs-for-nobody", "Nobody signs by this card.")
    return _sign(handover_id, _side(side), signer, Means.CARD)


@bp.post("/handovers/<handover_id>/print")
@needs(Permission.HAND_OVER)
def print_handover(handover_id: str) -> AnyResponse:
    """Print it on the gate's receipt printer."""
    appliance().shifts.papers.print(handover_id, actor=current_user().actor)
    return done(_("The handover is printed next."), url_for("panel.show_handover", handover_id=handover_id))


@bp.post("/handovers/<handover_id>/cancel")
@needs(Permission.HAND_OVER)
def cancel_handover(handover_id: str) -> AnyResponse:
    """Give it up."""
    reason = reason_from_form()
    appliance().shifts.handovers.cancel(handover_id, reason, actor=current_user().actor)
    return done(_("The handover is cancelled."), url_for("panel.list_handovers"))


def card_purpose(sheet: HandoverSheet, side: Side) -> str:
    """What a tap at the desk is waited for, and signs: a side of what stands on the handover at this moment."""
    return f"handover {side.value} {sheet.digest}"


def _sign(handover_id: str, side: Side, signer: User, by: Means) -> AnyResponse:
    digest = request.values.get("digest", "")
    sheet = appliance().shifts.handovers.sign(handover_id, side, signer, by, digest=digest)
    is_over = sheet.handover.is_over
    message = _("Both have signed. The handover is ended.") if is_over else _("Signed. The other one signs next.")
    return _done(sheet, message)


def _done(sheet: HandoverSheet, message: str) -> AnyResponse:
    return done(message, url_for("panel.show_handover", handover_id=sheet.handover.id))


def _side(text: str) -> Side:
    if text not in set(Side):
        raise NotFound("side")
    return Side(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise NotFound("item")
    return int(text)


def _signer(handover: Handover, side: Side) -> User:
    name = handover.name_of(side)
    if not name:
        raise Conflict("nobody-takes-over", "It is not said yet who takes over.")
    found = next((user for user in appliance().accounts.users() if user.username == name), None)
    if found is None:
        raise NotFound("account")
    return found


def _who_hand_over() -> list[User]:
    return [user for user in appliance().accounts.users() if may(user.role, Permission.HAND_OVER)]


def _wanted() -> HandoverFilter:
    state, zone = request.args.get("state", ""), appliance().settings.estate.zone
    return HandoverFilter(
        state=HandoverState(state) if state in set(HandoverState) else None,
        who=request.args.get("who", "")[:64],
        since=read_day(request.args.get("since", ""), zone),
    )


def _page(sheet: HandoverSheet, status: HTTPStatus, typed: Mapping[str, tuple[str, FieldProblem]]) -> Response:
    gate, handover = appliance(), sheet.handover
    people = _who_hand_over()
    known = {one.item.key for one in sheet.items}
    fresh = [] if handover.is_over else [one for one in gate.shifts.open_items.handed_over() if one.key not in known]
    page = render_template(
        "panel/handover.html", sheet=sheet, handover=handover, typed=typed, fresh=len(fresh),
        taken=item_groups(sheet.taken), refused=item_groups(sheet.refused),
        others=[user.username for user in people if user.username != handover.outgoing],
        signers={user.username: user for user in people},
        has_card={
            user.username for user in people if user.card_id and gate.accounts.user_of_card(user.card_id) is not None
        },
        sides=list(Side), card_purpose=card_purpose, kind_labels=KIND_LABELS, state_labels=HANDOVER_LABELS,
        is_printable=gate.spool.has_printer and handover.state is HandoverState.ENDED,
        means_labels=MEANS_LABELS, note_length=MAX_NOTE, remark_length=MAX_REMARK,
    )  # fmt: skip
    return make_response(page, int(status))
