"""The form: what brings somebody and where to, then who they are, then the code by which the touchscreen goes on.

The identity document is not asked for here: its number is typed at the screen, and crosses no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from kiosk.config import KindSettings
from kiosk.domain.goods import MAX_CARRIED, MAX_CARRIED_QUANTITY
from kiosk.domain.unit_search import MAX_QUERY
from kiosk.domain.visits import VisitField, VisitKind
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.form_codes import form_code_text
from kiosk.services.goods.carried import MAX_CHARACTERS
from web.access import appliance
from web.phone.session import bp, current, now_ns, over, while_open, with_form
from web.qr import qr_svg
from web.turns import phone_forms
from web.turns import place as places
from web.turns.answers import questions_of, take_answers
from web.turns.carried import USUAL_TOOLS, put_on
from web.turns.phone_forms import KEPT_S, FormState, PhoneForm
from web.turns.place import Choice
from web.turns.steps import INPUTS, Step, fields_on
from web.turns.typed import TypedVisit

ASKED_HERE: Final = (Step.ABOUT, Step.MORE)
"""The touchscreen's pages whose questions stand on the second page here."""

MOST_FOUND: Final = 8
"""How many units a search shows; whoever looks for another types on."""

_BLANK_ROWS: Final = 2


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A row of the list of tools, as typed."""

    name: str = ""
    quantity: str = "1"


@bp.get("/")
@while_open
def show_visit(form: PhoneForm) -> ResponseReturnValue:
    """What brings you here, and where to?"""
    return _ask_visit(form.typed)


@bp.post("/")
@while_open
def take_visit(form: PhoneForm) -> ResponseReturnValue:
    """Take kind and unit; whoever searches without a script is shown the page again with what was found."""
    typed = deepcopy(form.typed)
    if request.form.get("kind") in set(VisitKind):
        typed.kind = VisitKind(request.form["kind"])
    units, query = appliance().units, request.form.get("q", "").strip()[:MAX_QUERY]
    found = units.find(query, MOST_FOUND + 1)
    code = request.form.get("unit", "") or (found[0].code if len(found) == 1 else "")
    chosen = places.place_of(units, code)
    if chosen is not None:
        typed.place = chosen
    if not phone_forms().keep(form.id, typed):
        return redirect(url_for("phone.show_code"), 303)
    if request.form.get("do") == "find":
        return _ask_visit(typed, query)
    problems = {}
    if typed.kind is None:
        problems["kind"] = FieldProblem.REQUIRED
    if chosen is None:
        problems["unit"] = FieldProblem.REQUIRED
    return _ask_visit(typed, query, problems) if problems else redirect(url_for("phone.show_about"), 303)


@bp.get("/units")
@while_open
def find_units(form: PhoneForm) -> ResponseReturnValue:
    """The part of the first page with what a search has found, for its script."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    return render_template("phone/_units.html", **_found(form.typed, query))


@bp.get("/about")
@while_open
def show_about(form: PhoneForm) -> ResponseReturnValue:
    """Who comes, with whom, by what, what for, with which tools? Only what the kind asks."""
    rows = [ToolRow(name, str(quantity)) for name, quantity in form.typed.carried]
    return _ask_about(form.typed, rows, {})


@bp.post("/about")
@while_open
def take_about(form: PhoneForm) -> ResponseReturnValue:
    """Take and check the rest, and send it; one more row for a tool where that is asked for."""
    typed = deepcopy(form.typed)
    kind = _kind_settings(typed)
    if kind is None or typed.place.unit is None:
        return redirect(url_for("phone.show_visit"), 303)
    fields = _fields(kind)
    problems = take_answers(typed, fields, kind)
    rows = _rows()
    typed.carried = []
    if kind.carries:
        problems |= _take_tools(typed, rows)
    if request.form.get("do") == "row" or problems:
        is_fine = request.form.get("do") == "row"
        if not phone_forms().keep(form.id, typed):
            return redirect(url_for("phone.show_code"), 303)
        return _ask_about(typed, rows, {} if is_fine else problems)
    _leave_out(typed, set(fields))
    typed.passed = {step.value for step in (Step.KIND, *ASKED_HERE, Step.CARRIED)}
    phone_forms().send(form.id, typed, now_ns())
    return redirect(url_for("phone.show_code"), 303)


@bp.get("/code")
@with_form
def show_code(form: PhoneForm) -> ResponseReturnValue:
    """The code to type or to hold up at the screen; or that it goes on there."""
    if form.state is FormState.OPEN:
        return redirect(url_for("phone.show_visit"), 303)
    if form.state is not FormState.SENT:
        return over(form)
    left_s = KEPT_S - (now_ns() - form.touched_ns) / 1e9
    return render_template(
        "phone/code.html",
        code=form.code,
        picture=qr_svg(form_code_text(form.key)),
        until=appliance().clock.now() + timedelta(seconds=left_s),
    )


@bp.post("/change")
@with_form
def change(form: PhoneForm) -> ResponseReturnValue:
    """Go back into what was sent; its code is good no more."""
    phone_forms().reopen(form.id, now_ns())
    return redirect(url_for("phone.show_visit"), 303)


@bp.get("/state")
def tell_state() -> ResponseReturnValue:
    """Where the form stands, for the script of its pages: `{"state"}`, `gone` without one. Asking is not a touch."""
    form = current()
    return jsonify(state=form.state.value if form is not None else "gone")


def _ask_visit(typed: TypedVisit, query: str = "", problems: Mapping[str, FieldProblem] | None = None) -> Response:
    page = render_template(
        "phone/visit.html", typed=typed, kinds=list(VisitKind), problems=problems or {}, longest=MAX_QUERY,
        **_found(typed, query),
    )  # fmt: skip
    return make_response(page, int(HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK))


def _found(typed: TypedVisit, query: str) -> dict[str, object]:
    """What a search has found, with the unit that is chosen already before it."""
    units = appliance().units
    found = units.find(query, MOST_FOUND + 1)
    chosen = typed.place.unit
    codes = [chosen] if chosen is not None else []
    codes += [unit.code for unit in found[:MOST_FOUND] if unit.code != chosen]
    return {
        "query": query,
        "chosen": chosen,
        "choices": [Choice(code, places.describe(units, code)) for code in codes],
        "has_found": bool(found),
        "has_more": len(found) > MOST_FOUND,
    }


def _ask_about(typed: TypedVisit, rows: list[ToolRow], problems: Mapping[str, FieldProblem]) -> ResponseReturnValue:
    kind = _kind_settings(typed)
    if kind is None or typed.kind is None or typed.place.unit is None:
        return redirect(url_for("phone.show_visit"), 303)
    filled = [row for row in rows if row.name]
    page = render_template(
        "phone/about.html", typed=typed, kind=typed.kind, problems=problems, carries=kind.carries,
        unit=places.describe(appliance().units, typed.place.unit),
        questions=questions_of(typed, _fields(kind), kind, problems),
        rows=(filled + [ToolRow()] * _BLANK_ROWS)[:MAX_CARRIED], is_full=len(filled) + _BLANK_ROWS >= MAX_CARRIED,
        usual=USUAL_TOOLS, longest=MAX_CHARACTERS["name"], most=MAX_CARRIED_QUANTITY,
    )  # fmt: skip
    return make_response(page, int(HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK))


def _rows() -> list[ToolRow]:
    names, quantities = request.form.getlist("tool")[:MAX_CARRIED], request.form.getlist("quantity")
    quantities += ["1"] * len(names)
    limit = 2 * MAX_CHARACTERS["name"]  # what is too long is shown again, to be shortened
    return [ToolRow(name.strip()[:limit], count.strip()[:5]) for name, count in zip(names, quantities, strict=False)]


def _take_tools(typed: TypedVisit, rows: list[ToolRow]) -> dict[str, FieldProblem]:
    for row in rows:
        if not row.name:
            continue
        try:
            typed.carried = put_on(typed.carried, row.name, row.quantity)
        except Invalid as found:
            return {"carried": next(iter(found.fields.values()))}
    return {}


def _leave_out(typed: TypedVisit, asked: set[VisitField]) -> None:
    """Forget what was said before another kind of visit was chosen, which does not ask for it."""
    blank = TypedVisit()
    for field, name in INPUTS.items():
        if field not in asked:
            setattr(typed, name, getattr(blank, name))


def _fields(kind: KindSettings) -> list[VisitField]:
    return [field for step in ASKED_HERE for field in fields_on(step, kind)]


def _kind_settings(typed: TypedVisit) -> KindSettings | None:
    return appliance().settings.visits.kinds[typed.kind] if typed.kind is not None else None
