"""Passes: issue ahead of a visit, find, read, revoke, and tell other gates which are revoked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from kiosk.domain.passes import PassKind
from kiosk.domain.weekly_hours import span_text
from kiosk.services.pass_queries import PassFilter, PassRecord
from web.access import appliance
from web.api.answers import IssuedPass
from web.api.cursors import read_cursor, write_cursor
from web.api.operations import caller, operation
from web.api.pass_shapes import (
    NewPassBody,
    NewPassKind,
    PassesQuery,
    PassItem,
    PassPage,
    PassWithToken,
    RevocationItem,
    RevocationPage,
    RevocationsQuery,
    RevocationsTaken,
    RevokedPassesBody,
    weekly_profile,
)

_LIST: Final = "passes"
_REVOKED: Final = "revocations"
_ANY_NUMBER: Final = frozenset({NewPassKind.DAY, NewPassKind.RECURRING})
"""Kinds that let their holder in any number of times where nothing else is said."""


@operation("POST", "/passes", tag="passes", body=NewPassBody, answer=IssuedPass, status=HTTPStatus.CREATED)
def issue_pass(body: NewPassBody) -> IssuedPass:
    """Issue a pass ahead of a visit.

    Send its token to the visitor as a QR code. At the way in it signs the visitor in by itself; at the touchscreen it
    is the pre-registration of whoever gives its holder's name, unless it is a recurring one. Times count in whole
    seconds.
    """
    says_uses = "uses" in body.model_fields_set
    issued = appliance().passes.issue(
        actor=caller().actor,
        unit=body.unit,
        holder=body.holder,
        not_before=body.not_before,
        not_after=body.not_after,
        uses=None if body.kind in _ANY_NUMBER and not says_uses else body.uses,
        lanes=body.lanes,
        kind=PassKind(body.kind.value) if body.kind is not None else None,
        weekly=weekly_profile(body.weekly) if body.weekly is not None else None,
    )
    return IssuedPass(id=issued.id, token=issued.token)


@operation("GET", "/passes", tag="passes", query=PassesQuery, answer=PassPage, exports=_LIST)
def list_passes(query: PassesQuery) -> PassPage:
    """List passes that were issued ahead of a visit, the newest first.

    Whatever is given narrows the list: all of it has to hold. The receipts of visits are found by their visits.
    """
    wanted = PassFilter(standing=query.state, query=query.q, unit=query.unit)
    page = appliance().pass_queries.page(wanted, before=read_cursor(_LIST, query.cursor), limit=query.limit)
    return PassPage(
        items=[PassItem(**_members(record)) for record in page.items], next=write_cursor(_LIST, page.next_after)
    )


@operation("GET", "/passes/<pass_id>", tag="passes", answer=PassWithToken, errors=("not-found",))
def get_pass(pass_id: str) -> PassWithToken:
    """Read a pass and its code."""
    record = appliance().pass_queries.get(pass_id)
    return PassWithToken(token=record.token, **_members(record))


@operation(
    "DELETE",
    "/passes/<pass_id>",
    tag="passes",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found", "already-revoked"),
)
def revoke_pass(pass_id: str) -> None:
    """Revoke a pass.

    For good and at once: whoever shows it is refused, and the gate's log says why.
    """
    appliance().passes.revoke(pass_id, actor=caller().actor)


@operation("GET", "/revocations", tag="passes", query=RevocationsQuery, answer=RevocationPage)
def list_revocations(query: RevocationsQuery) -> RevocationPage:
    """List the passes that are revoked and would not have ended yet.

    Another gate that honours this one's passes should refuse these: `POST /revocations` there takes a page as it is.
    """
    page = appliance().pass_queries.revocations(before=read_cursor(_REVOKED, query.cursor), limit=query.limit)
    return RevocationPage(
        items=[RevocationItem(id=one.id, not_after=one.not_after) for one in page.items],
        next=write_cursor(_REVOKED, page.next_after),
    )


@operation("POST", "/revocations", tag="passes", body=RevokedPassesBody, answer=RevocationsTaken)
def take_revocations(body: RevokedPassesBody) -> RevocationsTaken:
    """Refuse passes that another gate has revoked.

    Whether they have been seen here or not. Repeating it changes nothing more; passes of this gate are passed over.
    """
    listed = {item.id: item.not_after for item in body.items}
    return RevocationsTaken(new=appliance().passes.refuse_listed(listed, actor=caller().actor))


def _members(record: PassRecord) -> dict[str, Any]:
    claims = record.claims
    return {
        "id": record.id,
        "kind": claims.kind,
        "state": record.standing,
        "unit": claims.unit,
        "holder": record.holder,
        "not_before": claims.not_before,
        "not_after": claims.not_after,
        "uses": claims.max_uses,
        "used": record.uses,
        "lanes": sorted(claims.lanes) if claims.lanes is not None else None,
        "weekly": None
        if claims.weekly is None
        else {day: [span_text(span) for span in spans] for day, spans in claims.weekly.days.items()},
        "gate": record.gate or None,
        "created_at": record.created_at,
    }
