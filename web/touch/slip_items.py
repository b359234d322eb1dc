"""The list of what goes out: one thing after another, and taken off again."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.domain.slips import MAX_ITEMS, MAX_QUANTITY, NewItem
from kiosk.errors import FieldProblem
from kiosk.services.goods.slip_input import ITEM_CHARACTERS, item_problems
from web.goods_words import USUAL_THINGS
from web.touch.pages import can_show, go_on, page_of, show
from web.touch.session import bp, with_typed
from web.turns.questions import Question, typed_number, typed_text
from web.turns.steps import Step
from web.turns.typed import TypedSlip

LINES_OF_ONE_PAGE: Final = 6
LINES_A_PAGE: Final = 4
"""Fewer where the buttons from page to page need room too."""


@bp.get("/take-out/items")
@with_typed(TypedSlip)
def show_items(typed: TypedSlip) -> ResponseReturnValue:
    """The list; while it is empty, and with `?more=1`, what comes on it next."""
    if typed.items and not ("more" in request.args and len(typed.items) < MAX_ITEMS):
        return show_list(typed)
    return _ask(typed, NewItem("", 1))


@bp.post("/take-out/items")
@with_typed(TypedSlip)
def take_item(typed: TypedSlip) -> ResponseReturnValue:
    """Put one on the list, and go on, or ask for another. A form that was sent twice adds nothing."""
    if not can_show(Step.ITEMS, typed):
        return go_on(typed)
    is_sent_again = request.form.get("count") != str(len(typed.items))
    problems: dict[str, FieldProblem] = {}
    quantity = typed_number("quantity", problems, least=1, most=MAX_QUANTITY)
    item = NewItem(typed_text("name"), 1 if quantity is None else quantity, note=typed_text("note"))
    is_blank = not item.name and not item.note and bool(typed.items)
    if not is_blank and not is_sent_again:
        problems = item_problems(item) | problems
        if problems:
            return _ask(typed, item, problems)
        if len(typed.items) < MAX_ITEMS:
            typed.items.append(item)
    return _onward(typed)


@bp.post("/take-out/list")
@with_typed(TypedSlip)
def change_list(typed: TypedSlip) -> ResponseReturnValue:
    """Take one off, or go on."""
    if not can_show(Step.ITEMS, typed):
        return go_on(typed)
    line = request.form.get("remove", type=int)
    if line is None:
        return _onward(typed)
    # By its count a form that was sent twice is known: the second would take off what came after.
    if request.form.get("count") == str(len(typed.items)) and 0 <= line < len(typed.items):
        del typed.items[line]
    if not typed.items:
        typed.passed.discard(Step.ITEMS.value)
    page = min(line, max(len(typed.items) - 1, 0)) // _lines_a_page(typed) + 1
    return redirect(url_for("touch.show_items", page=page), 303)


def show_list(typed: TypedSlip) -> ResponseReturnValue:
    """What is on the list, over several pages when it is long."""
    a_page = _lines_a_page(typed)
    lines, number, pages = page_of(typed.items, a_page)
    return show(
        typed, Step.ITEMS, template="touch/item_list.html", first=(number - 1) * a_page, number=number,
        pages=pages, lines=lines, may_add=len(typed.items) < MAX_ITEMS,
    )  # fmt: skip


def _lines_a_page(typed: TypedSlip) -> int:
    return LINES_OF_ONE_PAGE if len(typed.items) <= LINES_OF_ONE_PAGE else LINES_A_PAGE


def _onward(typed: TypedSlip) -> ResponseReturnValue:
    if request.form.get("do") == "another" or not typed.items:
        return redirect(url_for("touch.show_items", more=1), 303)
    typed.passed.add(Step.ITEMS.value)
    return go_on(typed)


def _ask(typed: TypedSlip, item: NewItem, problems: Mapping[str, FieldProblem] | None = None) -> ResponseReturnValue:
    problems = problems or {}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return show(
        typed, Step.ITEMS, status=status, usual=USUAL_THINGS,
        name=Question("name", _("What"), item.name, True, ITEM_CHARACTERS["name"], problems.get("name")),  # noqa: FBT003
        quantity=Question("quantity", _("How many"), item.quantity, True, MAX_QUANTITY, problems.get("quantity"), 1),  # noqa: FBT003
        note=Question("note", _("Remark"), item.note, False, ITEM_CHARACTERS["note"], problems.get("note")),  # noqa: FBT003
    )  # fmt: skip
