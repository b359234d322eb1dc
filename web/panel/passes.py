"""Passes at the panel: finding them, issuing one, showing its code large, revoking it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from itertools import chain
from typing import Any, Final

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.passes import ISSUED_KINDS, MAX_USES, PassKind, PassStanding
from kiosk.domain.roles import Permission
from kiosk.domain.subjects import Subject
from kiosk.domain.time_profiles import Day
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.export import every_page
from kiosk.services.pass_codes import code_png, code_svg
from kiosk.services.pass_queries import PassFilter
from web.access import appliance
from web.paging import place_before
from web.panel.answers import done
from web.panel.blueprint import bp, current_session, current_user, needs
from web.panel.columns import pass_columns
from web.panel.exports import send_list
from web.panel.pass_forms import ROWS, first_values, pass_from_form, pass_kind_from
from web.panel.pass_words import DAY_LABELS, KIND_HINTS, KIND_LABELS, STANDING_LABELS, end_text, hours_lines

PAGE_LENGTH: Final = 25
MAX_QUERY: Final = 80
UNITS_OFFERED: Final = 2000


@bp.get("/passes")
@needs(Permission.SEE_PEOPLE)
def list_passes() -> str:
    """Passes by whatever is known of them, newest first."""
    wanted = _wanted()
    place = place_before()
    page = appliance().pass_queries.page(wanted, before=place, limit=PAGE_LENGTH)
    return render_template(
        "panel/passes.html", page=page, query=wanted.query, standing=wanted.standing, standings=list(PassStanding),
        is_first=place is None,
    )  # fmt: skip


@bp.get("/passes.<ending>")
@needs(Permission.EXPORT)
def export_passes(ending: str) -> Response:
    """The same passes, all of them, as a file."""
    pages = every_page(appliance().pass_queries.page, _wanted())
    return send_list("passes", ending, pass_columns(), chain.from_iterable(pages))


@bp.get("/passes/new")
@needs(Permission.MANAGE_PASSES)
def show_new_pass() -> AnyResponse:
    """The form of a kind of pass."""
    return _form(pass_kind_from(request.args.get("kind", "")), HTTPStatus.OK, {})


@bp.post("/passes/new")
@needs(Permission.MANAGE_PASSES)
def issue_pass() -> AnyResponse:
    """Issue a pass and go to its code."""
    gate = appliance()
    kind = pass_kind_from(request.form.get("kind", ""))
    try:
        typed = pass_from_form(request.form, kind, frozenset(gate.settings.lanes), gate.settings.estate.zone)
        issued = gate.passes.issue(
            actor=current_user().actor, unit=typed.unit, holder=typed.holder, not_before=typed.not_before,
            not_after=typed.not_after, uses=typed.uses, lanes=typed.lanes, kind=kind, weekly=typed.weekly,
        )  # fmt: skip
    except Invalid as refusal:
        return _form(kind, HTTPStatus.UNPROCESSABLE_ENTITY, refusal.fields)
    return done(_("The pass is issued."), url_for("panel.show_pass", pass_id=issued.id))


@bp.get("/passes/<pass_id>")
@needs(Permission.SEE_PEOPLE)
def show_pass(pass_id: str) -> str:
    """One pass with its history, and its code for those who may hand it out."""
    gate = appliance()
    record = gate.pass_queries.get(pass_id)
    return render_template(
        "panel/pass.html", record=record, claims=record.claims, history=gate.feed_view.history(Subject.PASS, record.id)
    )


@bp.get("/passes/<pass_id>/code.svg")
@needs(Permission.MANAGE_PASSES)
def show_pass_code(pass_id: str) -> Response:
    """The code as a drawing, for the page and for printing."""
    return Response(code_svg(appliance().pass_queries.get(pass_id).token), mimetype="image/svg+xml")


@bp.get("/passes/<pass_id>/code.png")
@needs(Permission.MANAGE_PASSES)
def save_pass_code(pass_id: str) -> Response:
    """The code as a picture, for sending."""
    answer = Response(code_png(appliance().pass_queries.get(pass_id).token), mimetype="image/png")
    answer.headers["Content-Disposition"] = f'attachment; filename="pass-{pass_id[:8]}.png"'
    return answer


@bp.post("/passes/<pass_id>/revoke")
@needs(Permission.MANAGE_PASSES)
def revoke_pass(pass_id: str) -> AnyResponse:
    """Refuse a pass from now on."""
    appliance().passes.revoke(pass_id, actor=current_user().actor)
    return done(_("The pass is revoked."), url_for("panel.show_pass", pass_id=pass_id))


def _wanted() -> PassFilter:
    state = request.args.get("state", "")
    standing = PassStanding(state) if state in set(PassStanding) else None
    return PassFilter(standing=standing, query=request.args.get("q", "")[:MAX_QUERY])


def _form(kind: PassKind, status: HTTPStatus, problems: Mapping[str, FieldProblem]) -> AnyResponse:
    gate = appliance()
    shown = dict(problems)
    if kind is PassKind.DAY and "not_after" in shown:
        shown["not_before"] = shown["not_after"]  # its end follows from its day, which is what the form asks for
    typed = request.form or first_values(kind, gate.clock.now(), gate.settings.estate.zone)
    page = render_template(
        "panel/pass_new.html", kind=kind, kinds=ISSUED_KINDS, typed=typed, problems=shown, days=list(Day), rows=ROWS,
        chosen_days=request.form.getlist("day"), chosen_lanes=request.form.getlist("lanes"),
        lanes=list(gate.settings.lanes), max_uses=MAX_USES,
        units=[unit for _position, unit in gate.units.page("", 0, UNITS_OFFERED)],
    )  # fmt: skip
    return make_response(page, int(status))


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    if current_session() is None:
        return {}
    zone = appliance().settings.estate.zone
    return {
        "pass_kind_labels": KIND_LABELS,
        "pass_kind_hints": KIND_HINTS,
        "standing_labels": STANDING_LABELS,
        "short_day_labels": DAY_LABELS,
        "hours_lines": hours_lines,
        "begins_text": lambda moment: moment.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "ends_text": lambda moment: end_text(moment, zone),
    }
