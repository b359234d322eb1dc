"""Visits: sign in, find, read, sign out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from kiosk.domain.visits import NewVisit, Visit, VisitSource
from kiosk.services.visit_queries import VisitFilter
from web.access import appliance
from web.api.answers import CarriedThing, IssuedPass, SignedIn, VisitItem, VisitPage, VisitWithPass
from web.api.cursors import read_cursor, write_cursor
from web.api.inputs import NewVisitBody, Nothing, VisitsQuery
from web.api.operations import Reply, caller, operation
from web.api.repeats import KEY_HEADERS, read_repeatable
from web.api.resident_inputs import RefuseVisitBody

_LIST: Final = "visits"
_DECIDED: Final = ("visit-signed-in", "visit-signed-out", "visit-expired", "visit-refused", "visit-cancelled")
_REPLAYED_HEADER: Final = "Idempotency-Replayed"


@operation(
    "POST",
    "/visits",
    tag="visits",
    body=NewVisitBody,
    answer=SignedIn,
    status=HTTPStatus.CREATED,
    errors=("idempotency-key-reused",),
    request_headers=KEY_HEADERS,
    answer_headers={
        "Location": "Where the visit is.",
        _REPLAYED_HEADER: "`true` when this is the answer to an earlier request with the same key.",
    },
)
def sign_in(body: NewVisitBody) -> Reply:
    """Sign a visitor in.

    The answer comes when visit, pass and receipt are on the disk. Where the kind of visit asks for the approval of a
    guard or the host, or the visitor is on the blocklist, the state is `waiting` and there is no pass yet; read the
    visit again later.
    """
    new = NewVisit(
        kind=body.kind,
        unit=body.unit,
        visitor_name=body.visitor_name,
        phone=body.phone,
        companions=body.companions,
        vehicle_plate=body.vehicle_plate,
        purpose=body.purpose,
    )
    repeatable, carried = read_repeatable(), [(item.name, item.quantity) for item in body.carried]
    visits, actor = appliance().visits, caller().actor
    headers = {}
    if repeatable is None:
        signed = visits.sign_in(new, source=VisitSource.API, actor=actor, lane=body.lane, carried=carried)
        answer = signed.answer()
    else:
        answer, is_repeat = visits.sign_in_once(
            new, actor=actor, lane=body.lane, repeatable=repeatable, carried=carried
        )
        if is_repeat:
            headers[_REPLAYED_HEADER] = "true"
    signed_in = SignedIn.model_validate(answer)
    headers["Location"] = f"/api/v1/visits/{signed_in.id}"
    return Reply(signed_in, headers)


@operation("GET", "/visits", tag="visits", query=VisitsQuery, answer=VisitPage, exports=_LIST)
def list_visits(query: VisitsQuery) -> VisitPage:
    """List visits, the newest first.

    Whatever is given narrows the list: all of it has to hold.
    """
    wanted = VisitFilter(state=query.state, query=query.q, unit=query.unit, since=query.since)
    before = read_cursor(_LIST, query.cursor)
    page = appliance().visit_queries.page(wanted, before=before, limit=query.limit)
    return VisitPage(
        items=[VisitItem.model_validate(_row(visit)) for visit in page.items], next=write_cursor(_LIST, page.next_after)
    )


@operation("GET", "/visits/<visit_id>", tag="visits", answer=VisitWithPass, errors=("not-found",))
def get_visit(visit_id: str) -> VisitWithPass:
    """Read a visit and its pass."""
    return _with_pass(appliance().visit_queries.get(visit_id))


@operation(
    "POST",
    "/visits/<visit_id>/sign-out",
    tag="visits",
    body=Nothing,
    needs_body=False,
    answer=VisitWithPass,
    errors=(
        "not-found",
        "visit-waiting",
        "visit-signed-out",
        "visit-expired",
        "visit-refused",
        "visit-cancelled",
        "goods-unchecked",
    ),
)
def sign_out(visit_id: str, body: Nothing) -> VisitWithPass:  # noqa: ARG001 - its emptiness is checked
    """Sign a visitor out.

    No lane opens. A visit that has expired stays so: expired is not signed out. One with tools that no guard has looked
    at on the way out is not signed out either: `goods-unchecked`.
    """
    return _with_pass(appliance().visits.sign_out(visit_id, actor=caller().actor))


@operation(
    "POST",
    "/visits/<visit_id>/approve",
    tag="visits",
    body=Nothing,
    needs_body=False,
    answer=VisitWithPass,
    errors=("not-found", *_DECIDED),
)
def approve_visit(visit_id: str, body: Nothing) -> VisitWithPass:  # noqa: ARG001 - its emptiness is checked
    """Let a waiting visitor in.

    Pass, receipt and the lane where the visitor stands follow. The first decision stands, whoever makes it: the host by
    a link, a guard, or a program.
    """
    return _with_pass(appliance().visits.approve(visit_id, actor=caller().actor).visit)


@operation(
    "POST",
    "/visits/<visit_id>/refuse",
    tag="visits",
    body=RefuseVisitBody,
    needs_body=False,
    answer=VisitWithPass,
    errors=("not-found", *_DECIDED),
)
def refuse_visit(visit_id: str, body: RefuseVisitBody) -> VisitWithPass:
    """Turn a waiting visitor away.

    The touchscreen asks the visitor to speak to the guard.
    """
    return _with_pass(appliance().visits.refuse(visit_id, actor=caller().actor, reason=body.reason))


def _with_pass(visit: Visit) -> VisitWithPass:
    token = appliance().visit_queries.token_of(visit)
    issued = None if token is None else IssuedPass(id=visit.pass_id or "", token=token)
    carried = [
        CarriedThing.model_validate({name: getattr(item, name) for name in CarriedThing.model_fields})
        for item in appliance().goods.carried.of_visit(visit.id)
    ]
    return VisitWithPass.model_validate({**_row(visit), "pass": issued, "carried": carried})


def _row(visit: Visit) -> dict[str, object]:
    return {name: getattr(visit, name) for name in VisitItem.model_fields}
