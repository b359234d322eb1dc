"""The page that asks where to: one level of the directory at a time, for every way."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kiosk.domain.units import MAX_TYPED
from web.access import appliance
from web.touch.look import Mode, modes_on
from web.touch.pages import go_on, page_of, show
from web.touch.session import WAYS, bp, on_any_way
from web.turns import place as places
from web.turns.place import Choice, Place
from web.turns.steps import Step
from web.turns.typed import Typed, TypedGoods


@bp.get(f"/{WAYS}/place")
@on_any_way
def show_place(typed: Typed) -> ResponseReturnValue:
    """Where to? One level of the directory, over several pages when it is long."""
    level = places.open_level(typed.place)
    if level is None:
        return go_on(typed)
    first = _offered_first(typed)
    room = (places.BUTTONS_LOW if Mode.LOW in modes_on() else places.BUTTONS_A_PAGE) - len(first)
    found = places.choices(appliance().units, typed.place, level)
    if first:
        # A drop-off point that is a phase by itself would stand there twice.
        codes = {choice.value for choice in first}
        found = [each for each in found if not _leads_to(typed.place, level, each, codes)]
    shown, number, pages = page_of(found, room)
    return show(
        typed, Step.PLACE, level=level, choices=shown, offered_first=first,
        asks=places.Level.BLOCK if level is places.Level.PHASE and places.few_blocks(appliance().units) else level,
        number=number, pages=pages, path=places.path_label(typed.place),
    )  # fmt: skip


@bp.get(f"/{WAYS}/place/find")
@on_any_way
def show_find(typed: Typed) -> ResponseReturnValue:
    """A unit by typing it, within what has been chosen so far; without a script the form asks for this page again."""
    if places.open_level(typed.place) is None:
        return go_on(typed)
    return show(
        typed, Step.PLACE, template="touch/find.html", path=places.path_label(typed.place), limit=MAX_TYPED,
        letters=places.letters(appliance().units, typed.place), **_found(typed),
    )  # fmt: skip


@bp.get(f"/{WAYS}/place/found")
@on_any_way
def tell_found(typed: Typed) -> ResponseReturnValue:
    """The part of that page which changes while somebody types, for its script."""
    return render_template("touch/found.html", typed=typed, **_found(typed))


@bp.post(f"/{WAYS}/place")
@on_any_way
def choose_place(typed: Typed) -> ResponseReturnValue:
    """Take one level, a unit that is offered first, or one that was found by typing.

    A button from another level's page changes nothing.
    """
    units = appliance().units
    level = places.open_level(typed.place)
    code = request.form.get(places.Level.UNIT, "")
    chosen: Place | None = None
    if any(code == choice.value for choice in _offered_first(typed)):
        chosen = places.place_of(units, code)
    elif level is not None and "found" in request.form:
        chosen = places.take_found(units, typed.place, request.form["found"])
    elif level is not None and level.value in request.form:
        chosen = places.choose(units, typed.place, level, request.form[level.value])
    if chosen is not None:
        typed.place = chosen
    return go_on(typed)


def _found(typed: Typed) -> dict[str, Any]:
    wanted = request.args.get("q", "")[:MAX_TYPED]
    room = places.FOUND_LOW if Mode.LOW in modes_on() else places.FOUND_AT_ONCE
    found, has_more = places.find(appliance().units, typed.place, wanted, room)
    return {"wanted": wanted, "found": found, "has_more": has_more}


def begin_place(typed: Typed) -> None:
    """Ask for the place from the outside in."""
    typed.place = places.settle(appliance().units, Place())


def step_back(typed: Typed) -> bool:
    """Undo the last choice of the place that was one; False when there was none."""
    box = appliance()
    if isinstance(typed, TypedGoods) and typed.place.unit in box.settings.goods.drop_off_points:
        begin_place(typed)
        return True
    place = places.step_back(box.units, typed.place)
    if place is None:
        return False
    typed.place = place
    return True


def _leads_to(place: Place, level: places.Level, choice: Choice, codes: Collection[str]) -> bool:
    chosen = places.choose(appliance().units, place, level, choice.value)
    return chosen is not None and chosen.unit in codes


def _offered_first(typed: Typed) -> list[Choice]:
    if not isinstance(typed, TypedGoods):
        return []
    box = appliance()
    return places.offered_first(box.units, typed.place, box.settings.goods.drop_off_points)
