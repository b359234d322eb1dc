"""The order of a sign-in's pages, from what the kind of visit asks for. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kiosk.config import KindSettings, VisitSettings
from kiosk.domain.visits import VisitField
from web.touch.draft import Typed


class Step(StrEnum):
    """The pages of a sign-in."""

    KIND = "kind"
    PLACE = "place"
    ABOUT = "about"
    MORE = "more"
    CARRIED = "carried"
    PHOTO = "photo"
    SUMMARY = "summary"


FOLDED: Final = frozenset({Step.MORE, Step.CARRIED})
"""To whoever stands there these go on with the page before."""

ASKED_ON: Final = {
    Step.ABOUT: (VisitField.NAME, VisitField.PHONE),
    Step.MORE: (VisitField.COMPANIONS, VisitField.VEHICLE_PLATE, VisitField.PURPOSE),
}
"""Which page asks for which field; a field that the kind does not ask for is not shown."""

INPUTS: Final = {
    VisitField.NAME: "visitor_name",
    VisitField.PHONE: "phone",
    VisitField.COMPANIONS: "companions",
    VisitField.VEHICLE_PLATE: "vehicle_plate",
    VisitField.PURPOSE: "purpose",
}
"""What forms, drafts and the register call each field."""


def fields_on(step: Step, kind: KindSettings) -> tuple[VisitField, ...]:
    """The fields that a page shows for a kind of visit."""
    return tuple(field for field in ASKED_ON.get(step, ()) if field in kind.asks)


def steps_of(kind: KindSettings | None) -> tuple[Step, ...]:
    """The pages for a kind of visit; all of them while it is not known."""
    if kind is None:
        return tuple(Step)
    left_out = {step for step in ASKED_ON if not fields_on(step, kind)}
    if not kind.carries:
        left_out.add(Step.CARRIED)
    if kind.photo == "none":
        left_out.add(Step.PHOTO)
    return tuple(step for step in Step if step not in left_out)


def first_open(typed: Typed, settings: VisitSettings) -> Step:
    """The page that is due: the first that has not been gone through."""
    if typed.kind is None:
        return Step.KIND
    if typed.place.unit is None:
        return Step.PLACE
    for step in steps_of(settings.kinds[typed.kind])[2:-1]:
        if step.value not in typed.passed:
            return step
    return Step.SUMMARY


def may_show(step: Step, typed: Typed, settings: VisitSettings) -> bool:
    """Tell whether a page can be shown: every page before it has been gone through."""
    kind = settings.kinds[typed.kind] if typed.kind is not None else None
    order = steps_of(kind)
    return step in order and order.index(step) <= order.index(first_open(typed, settings))


def before(step: Step, kind: KindSettings | None) -> Step | None:
    """The page before; None at the first."""
    order = steps_of(kind)
    index = order.index(step)
    return order[index - 1] if index else None
