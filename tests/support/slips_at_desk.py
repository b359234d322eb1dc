"""Release slips for tests: asked for, approved and released at a desk, by a clock that is set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource
from kiosk.services.goods.slip_release import Load
from kiosk.services.goods.slips import Word
from tests.support.desk import Desk

DEPARTMENT = "工程部 Works"
_WORD = Word(ApprovalMethod.SUPERVISOR, "user boss", "user boss")


def new_slip(desk: Desk, *items: NewItem, **changes: Any) -> NewSlip:
    """A department's slip for two ladders, good for a day; with `items`, for those."""
    now = desk.clock.now()
    known: dict[str, Any] = {
        "kind": SlipKind.DEPARTMENT, "requester": Requester.DEPARTMENT, "department": DEPARTMENT,
        "requested_by": "何工", "items": items or (NewItem("梯", 2, "把"),), "carrier": "zzyzx",
        "not_before": now - timedelta(hours=1), "not_after": now + timedelta(hours=24),
    }  # fmt: skip
    return NewSlip(**(known | changes))


def request(desk: Desk, *items: NewItem, **changes: Any) -> Slip:
    return desk.goods.slips.request(new_slip(desk, *items, **changes), source=SlipSource.DESK, actor="user desk")


def approve(desk: Desk, *items: NewItem, **changes: Any) -> Slip:
    return desk.goods.slips.approve(request(desk, *items, **changes).id, _WORD)


def release(desk: Desk, slip: Slip, *, photo: bytes | None = None, **lines: int) -> Slip:
    """Let pieces leave: all of each line that is left, or so many as `line1=…` says."""
    wanted = {int(name.removeprefix("line")): quantity for name, quantity in lines.items()}
    wanted = wanted or {item.line: item.balance for item in slip.items}
    return desk.goods.release.release(slip.id, Load("out", wanted, photo=photo), actor="user guard").slip


def released(desk: Desk, *items: NewItem, **changes: Any) -> Slip:
    return release(desk, approve(desk, *items, **changes))
