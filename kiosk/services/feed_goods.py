"""What an entry of the journal says of goods and release slips, in the words of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from kiosk.domain.goods import CollectMethod
from kiosk.domain.slips import ApprovalMethod, MismatchCode, MovementKind, SlipState
from kiosk.store.journal import Entry

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class GoodsFacts:
    """What does not apply is None or empty.

    Attributes:
        slip_id, goods_id: the record that the entry is about.
        state: a slip's, when it was shown at the gate.
        approved: by whose word.
        found: how what stood at the gate differed from the slip, each way once.
        kind: what has become of pieces that will not leave.
        quantity: how many pieces the entry is about, of all lines.
        other_number: of the slip in whose place this one was issued, or that was issued in its place.
    """

    slip_id: str = ""
    goods_id: str = ""
    state: SlipState | None = None
    approved: ApprovalMethod | None = None
    collected: CollectMethod | None = None
    shelf: str = ""
    found: tuple[MismatchCode, ...] = ()
    kind: MovementKind | None = None
    quantity: int = 0
    other_number: str = ""


def goods_facts(entry: Entry) -> GoodsFacts | None:
    """The facts of an entry about goods or a slip; None for every other."""
    payload = entry.payload
    if not entry.type.startswith(("goods.", "slip.")):
        return None
    return GoodsFacts(
        slip_id=payload.get("slip", ""),
        goods_id=payload.get("goods", ""),
        state=member(SlipState, payload.get("state")),
        approved=member(ApprovalMethod, payload.get("method")) if entry.type == "slip.approved" else None,
        collected=member(CollectMethod, payload.get("method")) if entry.type == "goods.collected" else None,
        shelf=payload.get("shelf", ""),
        found=tuple(dict.fromkeys(_members(MismatchCode, (one.get("code") for one in payload.get("found", ()))))),
        kind=member(MovementKind, payload.get("kind")) if entry.type == "slip.lost" else None,
        quantity=sum(one["quantity"] for one in payload.get("lines", ())) or payload.get("quantity", 0),
        other_number=payload.get("replaces") or payload.get("replaced_by") or "",
    )


def _members(kind: type[E], values: Any) -> Iterator[E]:
    return (found for value in values if (found := member(kind, value)) is not None)


def member(kind: type[E], value: object) -> E | None:
    """The member of that value; None for what a later version of this program may have written."""
    return next((member for member in kind if member.value == value), None)
