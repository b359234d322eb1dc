"""Release slips at the panel: finding them, what waits for somebody, and one slip with everything about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.roles import Permission, may
from kiosk.domain.slips import ApprovalMethod, MovementKind, Slip, SlipState, items_digest
from kiosk.domain.subjects import Subject
from kiosk.services.export import every_page
from kiosk.services.goods.slip_queries import SlipFilter
from kiosk.services.paging import Page
from kiosk.services.pass_codes import code_svg
from web.access import appliance
from web.paging import place_before
from web.panel.answers import MAX_REASON
from web.panel.blueprint import bp, current_user, needs
from web.panel.columns import SlipLine, slip_columns
from web.panel.exports import send_list
from web.panel.goods_wording import may_leave_now

PAGE_LENGTH: Final = 25
MAX_QUERY: Final = 80


class View(StrEnum):
    """The lists of slips that wait for somebody."""

    WAITING = "waiting"  # for a word
    TODAY = "today"  # for the lorry
    REISSUE = "reissue"  # for another slip, which the gate wants
    LATE = "late"  # for what should have come back


@dataclass(frozen=True, slots=True)
class Tab:
    """A list with its length."""

    view: View
    slips: Sequence[Slip]


@bp.get("/slips")
@needs(Permission.SEE_PEOPLE)
def list_slips() -> str:
    """Slips by whatever is known of them, newest first, or one of the lists of those that wait."""
    wanted = _wanted()
    view = request.args.get("view", "")
    tabs = _tabs()
    shown = next((tab for tab in tabs if tab.view == view), None)
    place = place_before()
    if shown is None:
        page = appliance().goods.slip_queries.page(wanted, before=place, limit=PAGE_LENGTH)
    else:
        page = Page(shown.slips, None)
    return render_template(
        "panel/slips.html", page=page, query=wanted.query, state=wanted.state, states=list(SlipState), tabs=tabs,
        view=shown.view if shown is not None else None, is_first=place is None, now=appliance().clock.now(),
    )  # fmt: skip


@bp.get("/slips.<ending>")
@needs(Permission.EXPORT)
def export_slips(ending: str) -> Response:
    """The same slips, all of them, as a file: a row for each of their items."""
    pages = every_page(appliance().goods.slip_queries.page, _wanted())
    lines = (SlipLine(slip, item) for page in pages for slip in page for item in slip.items)
    return send_list("slips", ending, slip_columns(), lines)


@bp.get("/slips/find")
@needs(Permission.SEE_PEOPLE)
def find_slip() -> AnyResponse:
    """Go to the slip of a number: to release it, for those who may; to the list where there is none."""
    number = request.args.get("number", "").strip()[:MAX_QUERY]
    slip = appliance().goods.slip_queries.by_number(number)
    if slip is None:
        return redirect(url_for("panel.list_slips", q=number), 303)
    releases = may(current_user().role, Permission.RELEASE_GOODS)
    return redirect(url_for("panel.show_release" if releases else "panel.show_slip", slip_id=slip.id), 303)


@bp.get("/slips/<slip_id>")
@needs(Permission.SEE_PEOPLE)
def show_slip(slip_id: str) -> str:
    """One slip with its items, its approval, what has left and its history."""
    gate = appliance()
    goods, now = gate.goods, gate.clock.now()
    slip = goods.slip_queries.get(slip_id)
    return render_template(
        "panel/slip.html",
        slip=slip,
        now=now,
        methods=goods.slips.methods_for(slip, now),
        ways=ApprovalMethod,
        replaces=goods.slip_queries.get(slip.replaces_id) if slip.replaces_id else None,
        replaced_by=goods.slip_queries.get(slip.replaced_by_id) if slip.replaced_by_id else None,
        trips=goods.slip_queries.trips(slip.id),
        movements=[one for one in goods.slip_queries.movements(slip.id) if one.kind is not MovementKind.RELEASED],
        history=gate.feed_view.history(Subject.SLIP, slip.id),
        items={item.line: item for item in slip.items},
        losses=(MovementKind.LOST, MovementKind.DAMAGED),
        max_reason=MAX_REASON,
        card_purpose=card_purpose(slip),
    )


@bp.get("/slips/<slip_id>/code.svg")
@needs(Permission.MANAGE_SLIPS)
def show_slip_code(slip_id: str) -> Response:
    """The code by which the gate knows the slip, as a drawing."""
    queries = appliance().goods.slip_queries
    return Response(code_svg(queries.token_of(queries.get(slip_id))), mimetype="image/svg+xml")


def _wanted() -> SlipFilter:
    state = request.args.get("state", "")
    query = request.args.get("q", "")[:MAX_QUERY]
    return SlipFilter(state=SlipState(state) if state in set(SlipState) else None, query=query)


def card_purpose(slip: Slip) -> str:
    """What the owner's tap at the desk is waited for, and signs: the slip's number and the hash of its items."""
    return f"slip {slip.number} {items_digest(slip.number, slip.items)}"


def _tabs() -> list[Tab]:
    queries, now = appliance().goods.slip_queries, appliance().clock.now()
    open_slips = queries.open()
    return [
        Tab(View.WAITING, [slip for slip in open_slips if slip.state is SlipState.REQUESTED]),
        Tab(View.TODAY, [slip for slip in open_slips if may_leave_now(slip, now)]),
        Tab(View.REISSUE, queries.reissue_asked()),
        Tab(View.LATE, queries.late()),
    ]
