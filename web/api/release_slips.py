"""Release slips: ask, find, read, approve, release, void."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import Any, Final

from flask_babel import gettext as _

from kiosk.domain.slips import Mismatch, MismatchCode, NewItem, NewSlip, Slip, SlipItem, SlipSource
from kiosk.services.goods.slip_queries import SlipFilter
from kiosk.services.goods.slip_release import Load, Mismatched
from kiosk.services.goods.slips import Word
from web.access import appliance
from web.api.cursors import read_cursor, write_cursor
from web.api.goods_models import (
    ApproveSlipBody,
    NewSlipBody,
    NewSlipItem,
    ReleaseBody,
    SlipAnswer,
    SlipLine,
    SlipPage,
    SlipsQuery,
    SlipWithToken,
    VoidSlipBody,
)
from web.api.operations import Reply, caller, operation
from web.api.repeats import KEY_HEADERS, read_repeatable
from web.errors import Unusable
from web.goods_words import MISMATCH_SENTENCES

_LIST: Final = "release-slips"
_ENDED: Final = ("slip-released", "slip-refused", "slip-void", "slip-lapsed")


@operation(
    "POST",
    "/release-slips",
    tag="goods",
    body=NewSlipBody,
    answer=SlipWithToken,
    status=HTTPStatus.CREATED,
    errors=("idempotency-key-reused",),
    request_headers=KEY_HEADERS,
    answer_headers={"Location": "Where the slip is."},
)
def request_slip(body: NewSlipBody) -> Reply:
    """Ask for a release slip.

    It has its number at once; nothing leaves on it before it is approved. A repeat is answered with the slip as it
    stands then.
    """
    taken = {name: getattr(body, name) for name in NewSlipBody.model_fields if name != "items"}
    new = NewSlip(items=tuple(_new_item(item) for item in body.items), **taken)
    slip = appliance().goods.slips.request(
        new, source=SlipSource.API, actor=caller().actor, repeatable=read_repeatable()
    )
    return Reply(_with_token(slip), {"Location": f"/api/v1/release-slips/{slip.id}"})


@operation("GET", "/release-slips", tag="goods", query=SlipsQuery, answer=SlipPage, exports=_LIST)
def list_slips(query: SlipsQuery) -> SlipPage:
    """List release slips, the newest first."""
    wanted = SlipFilter(state=query.state, query=query.q, unit=query.unit, since=query.since)
    before = read_cursor(_LIST, query.cursor)
    page = appliance().goods.slip_queries.page(wanted, before=before, limit=query.limit)
    items = [SlipAnswer(**_members(slip)) for slip in page.items]
    return SlipPage(items=items, next=write_cursor(_LIST, page.next_after))


@operation("GET", "/release-slips/<slip_id>", tag="goods", answer=SlipWithToken, errors=("not-found",))
def get_slip(slip_id: str) -> SlipWithToken:
    """Read a release slip and its code."""
    return _with_token(appliance().goods.slip_queries.get(slip_id))


@operation(
    "POST",
    "/release-slips/<slip_id>/approve",
    tag="goods",
    body=ApproveSlipBody,
    answer=SlipWithToken,
    errors=("not-found", "method-not-allowed-for-slip", "arrears-not-cleared", "no-reason", "slip-approved", *_ENDED),
)
def approve_slip(slip_id: str, body: ApproveSlipBody) -> SlipWithToken:
    """Give a release slip somebody's word.

    Your program answers for having it. From now on the goods may leave.
    """
    word = Word(body.method, body.by, caller().actor, reason=body.reason)
    return _with_token(appliance().goods.slips.approve(slip_id, word))


@operation(
    "POST",
    "/release-slips/<slip_id>/release",
    tag="goods",
    body=ReleaseBody,
    answer=SlipAnswer,
    errors=("not-found", "mismatch", "slip-requested", "lane-locked", "idempotency-key-reused", *_ENDED),
    request_headers=KEY_HEADERS,
)
def release_goods(slip_id: str, body: ReleaseBody) -> SlipAnswer:
    """Let goods leave on their slip, and open the lane.

    All of them or some; the answer has the balance. Where anything differs from the slip, nothing leaves, the lane
    stays closed, and `mismatch` names the lines.
    """
    lines: Counter[int] = Counter()
    for line in body.items:
        lines[line.line] += line.quantity
    load = Load(body.lane, lines, body.vehicle_plate)
    try:
        released = appliance().goods.release.release(slip_id, load, actor=caller().actor, repeatable=read_repeatable())
    except Mismatched as mismatched:
        fields = dict(_sentence(found) for found in mismatched.found)
        raise Unusable(mismatched.code, mismatched.message, HTTPStatus.CONFLICT, fields) from mismatched
    return SlipAnswer(**_members(released.slip))


@operation(
    "POST",
    "/release-slips/<slip_id>/void",
    tag="goods",
    body=VoidSlipBody,
    answer=SlipAnswer,
    errors=("not-found", *_ENDED),
)
def void_slip(slip_id: str, body: VoidSlipBody) -> SlipAnswer:
    """Take a release slip back.

    For good and at once: nothing leaves on it any more, also of its balance.
    """
    return SlipAnswer(**_members(appliance().goods.slips.void(slip_id, actor=caller().actor, reason=body.reason)))


def _sentence(found: Mismatch) -> tuple[str, str]:
    sentence = str(MISMATCH_SENTENCES[found.code])
    if found.balance is not None:
        balance = _("Balance: %(balance)d", balance=found.balance)
        sentence = f"{sentence} {balance}"
    places = {MismatchCode.OTHER_DAY: "not_after", MismatchCode.OTHER_PLATE: "vehicle_plate"}
    return (f"items.{found.line}" if found.line is not None else places.get(found.code, "items")), sentence


def _new_item(item: NewSlipItem) -> NewItem:
    return NewItem(item.name, item.quantity, item.unit, item.note, returnable_until=item.returnable_until)


def _with_token(slip: Slip) -> SlipWithToken:
    return SlipWithToken(token=appliance().goods.slip_queries.token_of(slip), **_members(slip))


def _members(slip: Slip) -> dict[str, Any]:
    own = {"items", "replaces", "replaced_by"}
    members = {name: getattr(slip, name) for name in SlipAnswer.model_fields if name not in own}
    lines = [_line(item) for item in slip.items]
    return members | {"items": lines, "replaces": slip.replaces_id, "replaced_by": slip.replaced_by_id}


def _line(item: SlipItem) -> SlipLine:
    members = {name: getattr(item, name) for name in SlipLine.model_fields if name != "unit"}
    return SlipLine(unit=item.measure, **members)
