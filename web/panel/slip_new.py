"""Asking for a release slip at the panel, and issuing one in place of another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Final

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.roles import Permission
from kiosk.domain.slips import MAX_ITEMS, MAX_QUANTITY, OPEN_STATES, NewSlip, Requester, Slip, SlipKind, SlipSource
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.goods.slip_input import ITEM_CHARACTERS, MAX_CHARACTERS, check_new_slip
from web.access import appliance
from web.panel.answers import done
from web.panel.blueprint import bp, current_user, needs
from web.panel.slip_forms import (
    FIRST_ROWS,
    SlipForm,
    form_from,
    form_of_balance,
    form_of_turn,
    new_form,
    slip_from,
    slip_kind_from,
)
from web.panel.turns import Turn, finishing, taken_turn
from web.panel.uploads import held_pictures
from web.turns.draft import Register
from web.turns.typed import TypedSlip

UNITS_OFFERED: Final = 2000
_ON_BEHALF: Final = (Requester.OWNER, Requester.TENANT, Requester.AGENT)

Ask = Callable[[NewSlip], Slip]


@bp.get("/slips/new")
@needs(Permission.MANAGE_SLIPS)
def show_new_slip() -> AnyResponse:
    """The form of a kind of slip; filled in with a turn that was taken over at the touchscreen."""
    gate = appliance()
    now, zone = gate.clock.now(), gate.settings.estate.zone
    turn = taken_turn(TypedSlip)
    wanted = slip_kind_from(request.args.get("kind", ""))
    if turn is None:
        return _page(new_form(wanted, now, zone), None, HTTPStatus.OK, {})
    kind = wanted if "kind" in request.args else turn.typed.kind
    return _page(form_of_turn(turn.typed, kind, held_pictures(), now, zone), None, HTTPStatus.OK, {}, turn)


@bp.post("/slips/new")
@needs(Permission.MANAGE_SLIPS)
def request_slip() -> AnyResponse:
    """Ask for a slip and go to it."""
    slips, actor = appliance().goods.slips, current_user().actor
    with finishing(TypedSlip) as turn:

        def ask(new: NewSlip) -> Slip:
            slip = slips.request(new, source=SlipSource.DESK, actor=actor)
            if turn is not None:
                turn.finish(Register.SLIP, slip.id)
            return slip

        return _answer(None, ask, turn)


@bp.get("/slips/<slip_id>/reissue")
@needs(Permission.MANAGE_SLIPS)
def show_reissue(slip_id: str) -> AnyResponse:
    """The form of a slip in place of another, for what has not left yet."""
    gate = appliance()
    old = _open_slip(slip_id)
    form = form_of_balance(old, gate.clock.now(), gate.settings.estate.zone)
    return _page(form, old, HTTPStatus.OK, {})


@bp.post("/slips/<slip_id>/reissue")
@needs(Permission.MANAGE_SLIPS)
def reissue_slip(slip_id: str) -> AnyResponse:
    """Issue it: the other is void from now on."""
    slips, actor = appliance().goods.slips, current_user().actor
    old = _open_slip(slip_id)
    return _answer(old, lambda new: slips.reissue(old.id, new, source=SlipSource.DESK, actor=actor))


@bp.get("/slips/pictures/<key>.jpg")
@needs(Permission.MANAGE_SLIPS)
def show_held_picture(key: str) -> Response:
    """A picture that waits for its form to be put right."""
    jpeg = held_pictures().jpeg(key, appliance().clock.now())
    if jpeg is None:
        abort(404)
    return Response(jpeg, mimetype="image/jpeg")


def _answer(old: Slip | None, ask: Ask, turn: Turn[TypedSlip] | None = None) -> AnyResponse:
    gate, held = appliance(), held_pictures()
    now, zone = gate.clock.now(), gate.settings.estate.zone
    form, problems = form_from(request.form, request.files, held, now=now, photo_ids=_photo_ids(old))
    if "more" in request.form:
        return _page(form.with_rows(len(form.rows) + FIRST_ROWS), old, HTTPStatus.OK, problems, turn)
    new, unreadable = slip_from(form, held, now=now, zone=zone)
    problems |= unreadable
    try:
        if problems:  # tell at once whatever else is at fault
            check_new_slip(new, departments=gate.settings.goods.departments, now=now)
            raise Invalid(problems)
        slip = ask(new)
    except Invalid as refusal:
        shown = form.with_rows(max(FIRST_ROWS, len(form.rows) + 1))
        return _page(shown, old, HTTPStatus.UNPROCESSABLE_ENTITY, {**refusal.fields, **problems}, turn)
    message = _("Release slip %(number)s is asked for.", number=slip.number)
    return done(message, url_for("panel.show_slip", slip_id=slip.id))


def _page(
    form: SlipForm,
    old: Slip | None,
    status: HTTPStatus,
    problems: Mapping[str, FieldProblem],
    turn: Turn[TypedSlip] | None = None,
) -> AnyResponse:
    gate = appliance()
    page = render_template(
        "panel/slip_form.html",
        old=old,
        turn=turn,
        kind=slip_kind_from(form.typed["kind"]),
        kinds=list(SlipKind),
        typed=form.typed,
        rows=form.rows,
        may_have_more=len(form.rows) < MAX_ITEMS,
        problems=problems,
        on_behalf=_ON_BEHALF,
        departments=gate.settings.goods.departments,
        carriers=gate.settings.goods.carriers,
        limits=MAX_CHARACTERS,
        item_limits=ITEM_CHARACTERS,
        max_quantity=MAX_QUANTITY,
        units=[unit for _position, unit in gate.units.page("", 0, UNITS_OFFERED)],
    )
    return make_response(page, int(status))


def _open_slip(slip_id: str) -> Slip:
    slip = appliance().goods.slip_queries.get(slip_id)
    if slip.state not in OPEN_STATES:
        raise Conflict(f"slip-{slip.state.value}", "The slip has ended.")
    return slip


def _photo_ids(old: Slip | None) -> Collection[str]:
    return {item.photo_id for item in old.items if item.photo_id} if old is not None else ()
