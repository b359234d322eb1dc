"""The ways through the touchscreen's pages, and the order of each one's pages, from what is asked there. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kiosk.config import KindSettings, Settings
from kiosk.domain.goods import IN_WORDS
from kiosk.domain.visits import VisitField, VisitKind
from web.turns.typed import Typed, TypedGoods, TypedVisit


class Step(StrEnum):
    """The pages of all ways; each has its own choice of them."""

    KIND = "kind"
    CARRIER = "carrier"
    PLACE = "place"
    ABOUT = "about"
    MORE = "more"
    DOCUMENT = "document"
    CARRIED = "carried"
    WHAT = "what"
    DETAILS = "details"
    CONTACT = "contact"
    ITEMS = "items"
    ASKER = "asker"
    DAY = "day"
    PHOTO = "photo"
    SUMMARY = "summary"


SHARED: Final = frozenset({Step.PLACE, Step.PHOTO, Step.SUMMARY})
"""One page serves every way."""

FOLDED: Final = frozenset({Step.MORE, Step.DOCUMENT, Step.CARRIED, Step.DETAILS})
"""To whoever stands there these go on with the page before."""

OF_VISITS: Final = (
    Step.KIND, Step.PLACE, Step.ABOUT, Step.MORE, Step.DOCUMENT, Step.CARRIED, Step.PHOTO, Step.SUMMARY
)  # fmt: skip
OF_SLIPS: Final = (Step.PLACE, Step.ITEMS, Step.ASKER, Step.PHOTO, Step.DAY, Step.SUMMARY)

ASKED_ON: Final = {
    Step.ABOUT: (VisitField.NAME, VisitField.PHONE),
    Step.MORE: (VisitField.COMPANIONS, VisitField.VEHICLE_PLATE, VisitField.PURPOSE),
    Step.DOCUMENT: (VisitField.DOCUMENT,),
}
"""Which page asks for which field; a field that the kind does not ask for is not shown."""

INPUTS: Final = {
    VisitField.NAME: "visitor_name",
    VisitField.PHONE: "phone",
    VisitField.COMPANIONS: "companions",
    VisitField.VEHICLE_PLATE: "vehicle_plate",
    VisitField.PURPOSE: "purpose",
    VisitField.DOCUMENT: "document",
}
"""What forms, drafts and the register call each field."""


def fields_on(step: Step, kind: KindSettings) -> tuple[VisitField, ...]:
    """The fields that a page shows for a kind of visit."""
    return tuple(field for field in ASKED_ON.get(step, ()) if field in kind.asks)


def kind_of(typed: Typed, settings: Settings) -> KindSettings | None:
    """What the kind of visit asks for that this leads to; None while none is chosen, and for what leads to none."""
    if isinstance(typed, TypedGoods):
        return settings.visits.kinds[VisitKind.DELIVERY]
    if isinstance(typed, TypedVisit) and typed.kind is not None:
        return settings.visits.kinds[typed.kind]
    return None


def steps_of(typed: Typed, settings: Settings) -> tuple[Step, ...]:
    """The pages for what was typed so far; all that there can be of a visit while its kind is not known."""
    kind = kind_of(typed, settings)
    if isinstance(typed, TypedGoods):
        details = (Step.DETAILS,) if typed.category in IN_WORDS else ()
        contact = (Step.CONTACT,) if kind is not None and kind.asks.get(VisitField.PHONE) == "required" else ()
        return (Step.CARRIER, Step.PLACE, Step.WHAT, *details, *contact, Step.PHOTO, Step.SUMMARY)
    if not isinstance(typed, TypedVisit):
        return OF_SLIPS
    if kind is None:
        return OF_VISITS
    left_out = {step for step in ASKED_ON if not fields_on(step, kind)}
    if not kind.carries:
        left_out.add(Step.CARRIED)
    if kind.photo == "none":
        left_out.add(Step.PHOTO)
    return tuple(step for step in OF_VISITS if step not in left_out)


def first_open(typed: Typed, settings: Settings) -> Step:
    """The page that is due: the first that has not been gone through."""
    order = steps_of(typed, settings)
    return next((step for step in order[:-1] if not _is_answered(step, typed)), Step.SUMMARY)


def may_show(step: Step, typed: Typed, settings: Settings) -> bool:
    """Tell whether a page can be shown: every page before it has been gone through."""
    order = steps_of(typed, settings)
    return step in order and order.index(step) <= order.index(first_open(typed, settings))


def before(step: Step, typed: Typed, settings: Settings) -> Step | None:
    """The page before; None at the first.

    Raises:
        ValueError: the way has no such page.
    """
    order = steps_of(typed, settings)
    index = order.index(step)
    return order[index - 1] if index else None


def photo_is_required(typed: Typed, settings: Settings) -> bool:
    """Tell whether there has to be a photo: some kinds of visit want one, goods only like to have one."""
    kind = kind_of(typed, settings)
    return isinstance(typed, TypedVisit) and kind is not None and kind.photo == "required"


def _is_answered(step: Step, typed: Typed) -> bool:
    return typed.place.unit is not None if step is Step.PLACE else step.value in typed.passed
