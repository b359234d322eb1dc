"""What somebody has entered at the touchscreen so far: of a visit, of goods that come in, of goods that go out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum
from typing import ClassVar, Final

from kiosk.domain.documents import Document
from kiosk.domain.goods import GoodsCategory, Handling, NewGoods
from kiosk.domain.passes import at_minute
from kiosk.domain.photo_advice import Advice
from kiosk.domain.slips import NewItem, NewSlip, Requester, SlipKind
from kiosk.domain.visits import NewVisit, VisitKind
from web.turns.place import Place

UNIT: Final = "unit"
"""What the place is called among the inputs that were recalled."""

_DAY_MINUTES: Final = 24 * 60


class Way(StrEnum):
    """The ways through the touchscreen's pages, by the first part of their addresses."""

    SIGN_IN = "sign-in"
    GOODS_IN = "goods-in"
    TAKE_OUT = "take-out"


@dataclass(slots=True)
class Typed:
    """What every way asks for. All of it goes when the draft goes.

    Attributes:
        looks_at_photo: a photo is shown and kept or taken again, where somebody is on it; one of a load is taken by
            itself, as whoever carries it has no hand free.
        photo: a JPEG, None while there is none.
        photo_advice: what would make it better, or that it is good; None where it is taken as it is.
        poor_photos: how many were taken so far that could have been better.
        passed: the steps that have been gone through, so that an optional one is not asked again.
    """

    way: ClassVar[Way]
    looks_at_photo: ClassVar[bool] = False
    place: Place = field(default_factory=Place)
    photo: bytes | None = field(default=None, repr=False)
    photo_advice: Advice | None = None
    poor_photos: int = 0
    passed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class TypedVisit(Typed):
    """A visit.

    Attributes:
        document: tidied and checked. It is shown masked from then on; typed anew, never shown again.
        carried: tools to be carried out again, each with how many.
        recalled: the inputs, and `unit`, that the last visit filled in: shown masked, and on no page of questions.
        is_returning: the visitor was found by telephone number, whatever has been changed since.
        has_tried: a number was typed; the page that follows is the same whatever became of it.
    """

    way = Way.SIGN_IN
    looks_at_photo = True
    kind: VisitKind | None = None
    visitor_name: str = ""
    phone: str = ""
    companions: int = 0
    vehicle_plate: str = ""
    purpose: str = ""
    document: Document | None = None
    carried: list[tuple[str, int]] = field(default_factory=list)
    recalled: set[str] = field(default_factory=set)
    is_returning: bool = False
    has_tried: bool = False

    def forget(self, names: Iterable[str]) -> None:
        """Forget what was filled in from the last visit under these names: it is to be typed."""
        for name in self.recalled.intersection(names):
            if name == UNIT:
                self.place = Place()
            else:
                setattr(self, name, "")
            self.recalled.discard(name)

    def visit(self) -> NewVisit:
        """The visit as typed so far; kind and unit have been chosen."""
        if self.kind is None or self.place.unit is None:
            raise ValueError("the kind and the unit come first")
        return NewVisit(
            kind=self.kind,
            unit=self.place.unit,
            visitor_name=self.visitor_name,
            phone=self.phone,
            companions=self.companions,
            vehicle_plate=self.vehicle_plate,
            purpose=self.purpose,
            document=self.document,
        )


@dataclass(slots=True)
class TypedGoods(Typed):
    """Goods that come in. `danger` is the name of something dangerous, where that was chosen from the buttons."""

    way = Way.GOODS_IN
    carrier: str = ""
    category: GoodsCategory | None = None
    danger: str = ""
    description: str = ""
    pieces: int = 1
    vehicle_plate: str = ""
    phone: str = ""

    def goods(self, handling: Handling) -> NewGoods:
        """The goods as typed so far; a parcel for no unit while neither is chosen."""
        return NewGoods(
            unit=self.place.unit or "",
            carrier=self.carrier,
            category=self.category or GoodsCategory.PARCEL,
            handling=handling,
            phone=self.phone,
            description=self.danger or self.description,
            pieces=self.pieces,
            vehicle_plate=self.vehicle_plate,
        )


@dataclass(slots=True)
class TypedSlip(Typed):
    """Goods that are to go out: a release slip that is asked for. `kind` and `day` come together."""

    way = Way.TAKE_OUT
    items: list[NewItem] = field(default_factory=list)
    requester: Requester | None = None
    requested_by: str = ""
    taken_by: str = ""
    carrier: str = ""
    vehicle_plate: str = ""
    kind: SlipKind = SlipKind.HOUSEHOLD
    day: date | None = None

    def slip(self, today: date, zone: tzinfo) -> NewSlip:
        """The slip as typed so far, good for a whole day by the estate's clock; for `today` while none is chosen."""
        day = self.day or today
        first, *others = self.items or [NewItem("", 1)]
        return NewSlip(
            kind=self.kind,
            requester=self.requester or Requester.OWNER,
            requested_by=self.requested_by,
            items=(NewItem(first.name, first.quantity, note=first.note, photo=self.photo), *others),
            not_before=at_minute(day, 0, zone),
            not_after=at_minute(day, _DAY_MINUTES, zone),
            unit=self.place.unit or "",
            carrier=self.carrier,
            vehicle_plate=self.vehicle_plate,
            taken_by=self.taken_by,
        )
