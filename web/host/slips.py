"""Release slips at a resident's: asking for one, the owner's word, the code for the gate, and taking one back."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.domain.slips import MAX_ITEMS, Slip, SlipSource, SlipState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.resident_links import ResidentLink
from web.access import appliance
from web.host.goods import can_approve, picture
from web.host.session import bp, current, go_on, with_link
from web.host.slip_forms import ItemRow, filled, rows_from, slip_from_form
from web.host.wording import slip_field_sentence
from web.qr import qr_png, qr_svg

MAX_ASKED_BYTES: Final = 32 * 1024 * 1024
"""A few photographs as telephones take them. The page's script makes them small first; not every browser runs it."""
WITHDRAWN: Final = "withdrawn by the resident"
_USUAL_DAYS: Final = timedelta(days=6)
_LAST_DAY: Final = timedelta(days=366)


@bp.url_value_preprocessor
def _take_photographs(_endpoint: str | None, _values: object) -> None:
    # Before anything of the form is read, and for nobody else: what arrives is first written to the disk.
    if request.endpoint == "host.ask_for_slip" and current()[0] is not None:
        request.max_content_length = MAX_ASKED_BYTES


@bp.get("/goods/slips/new")
@with_link
def show_slip_form(link: ResidentLink) -> ResponseReturnValue:
    """The form of a release slip."""
    return _form(link, [ItemRow()])


@bp.post("/goods/slips/new")
@with_link
def ask_for_slip(link: ResidentLink) -> ResponseReturnValue:
    """Ask for a slip; an owner's may be approved by it. `add` and `remove` only change the rows, without script."""
    gate, rows = appliance(), rows_from(request.form, request.files)
    if "add" in request.form:
        return _form(link, [*rows, ItemRow()][:MAX_ITEMS])
    if request.form.get("remove", "").isdecimal():
        gone = int(request.form["remove"])
        return _form(link, [row for line, row in enumerate(rows, 1) if line != gone] or [ItemRow()])
    rows = filled(rows)
    is_word = link.is_owner and "approves" in request.form and request.form.get("kind") != "moving"
    try:
        new = slip_from_form(request.form, rows, link, gate.settings.estate.zone)
        if is_word:
            slip = gate.goods.slips.request_by_owner(new, link)
        else:
            slip = gate.goods.slips.request(new, source=SlipSource.LINK, actor=link.actor)
    except Invalid as invalid:
        return _form(link, rows, invalid.fields)
    return go_on(_page_of(slip), _asked_sentence(link, slip))


@bp.get("/goods/slips/<slip_id>")
@with_link
def show_slip(link: ResidentLink, slip_id: str) -> ResponseReturnValue:
    """One slip with its items: for the owner to answer, and with its code once it is good."""
    queries = appliance().goods.slip_queries
    slip = queries.get(slip_id, unit=link.unit)
    return render_template(
        "host/slip.html",
        link=link,
        slip=slip,
        items={item.line: item for item in slip.items},
        can_approve=link.is_owner and can_approve(slip),
        can_withdraw=slip.state is SlipState.REQUESTED and slip.created_by == link.actor,
        has_owner=_has_owner(link.unit),
        code=qr_svg(queries.token_of(slip)) if slip.state is SlipState.APPROVED else None,
        trips=queries.trips(slip.id),
        withdrawn=WITHDRAWN,
    )


@bp.get("/goods/slips/<slip_id>/code.png")
@with_link
def show_slip_code(link: ResidentLink, slip_id: str) -> ResponseReturnValue:
    """The code as a picture, for whoever takes the goods away."""
    queries = appliance().goods.slip_queries
    slip = queries.get(slip_id, unit=link.unit)
    if slip.state is not SlipState.APPROVED:
        raise NotFound("code")
    return Response(qr_png(queries.token_of(slip)), mimetype="image/png")


@bp.get("/goods/slips/<slip_id>/items/<line>/photo.jpg")
@with_link
def show_item_photo(link: ResidentLink, slip_id: str, line: str) -> ResponseReturnValue:
    """The picture of an item."""
    slip = appliance().goods.slip_queries.get(slip_id, unit=link.unit)
    return picture(next((item.photo_id for item in slip.items if str(item.line) == line), None))


@bp.post("/goods/slips/<slip_id>/approve")
@with_link
def approve_slip(link: ResidentLink, slip_id: str) -> ResponseReturnValue:
    """The owner's word for exactly these items."""
    slip = appliance().goods.slip_queries.get(slip_id, unit=link.unit)
    appliance().goods.slips.approve_by_link(slip.id, link)
    return go_on(_page_of(slip), _("Approved. The guard lets these goods out with this code."))


@bp.post("/goods/slips/<slip_id>/refuse")
@with_link
def refuse_slip(link: ResidentLink, slip_id: str) -> ResponseReturnValue:
    """The owner says no."""
    slip = appliance().goods.slip_queries.get(slip_id, unit=link.unit)
    _require_owner(link)
    appliance().goods.slips.refuse(slip.id, actor=link.actor, reason="")
    return go_on(url_for("host.show_goods"), _("Refused. Nothing leaves on this release slip."))


@bp.post("/goods/slips/<slip_id>/withdraw")
@with_link
def withdraw_slip(link: ResidentLink, slip_id: str) -> ResponseReturnValue:
    """Take a slip back: who asked, while nobody has approved it; an owner, as long as something may leave on it."""
    slip = appliance().goods.slip_queries.get(slip_id, unit=link.unit)
    if slip.state is not SlipState.REQUESTED or slip.created_by != link.actor:
        _require_owner(link)
    appliance().goods.slips.void(slip.id, actor=link.actor, reason=WITHDRAWN)
    return go_on(url_for("host.show_goods"), _("The release slip is withdrawn. Nothing leaves on it any more."))


def _page_of(slip: Slip) -> str:
    return url_for("host.show_slip", slip_id=slip.id)


def _require_owner(link: ResidentLink) -> None:
    if not link.is_owner:
        raise Conflict("not-the-owner", "This is for the owner of the unit.")


def _has_owner(unit: str) -> bool:
    return any(link.is_owner for link in appliance().resident_links.of_unit(unit))


def _asked_sentence(link: ResidentLink, slip: Slip) -> str:
    if slip.state is SlipState.APPROVED:
        return str(_("Approved. The guard lets these goods out with this code."))
    if link.is_owner:
        return str(_("The release slip is asked for."))
    if _has_owner(link.unit):
        return str(_("The release slip is asked for. The owner has been asked to approve it."))
    return str(_("The release slip is asked for. The owner can sign it at the front desk."))


def _form(link: ResidentLink, rows: list[ItemRow], problems: dict[str, FieldProblem] | None = None) -> Response:
    gate = appliance()
    today = gate.clock.now().astimezone(gate.settings.estate.zone).date()
    page = render_template(
        "host/slip_form.html",
        link=link,
        rows=rows,
        blank=ItemRow(),
        most_rows=MAX_ITEMS,
        problems=problems or {},
        field_sentence=slip_field_sentence,
        typed=request.form,
        is_fresh=request.method == "GET",
        has_owner=_has_owner(link.unit),
        today=today,
        usual_last_day=today + _USUAL_DAYS,
        last_day=today + _LAST_DAY,
    )
    return make_response(page, int(HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK))
