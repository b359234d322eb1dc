"""Residents' links: made, shown once, and revoked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.notices import Language
from kiosk.domain.roles import Permission
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.resident_links import NewLink
from web.access import appliance
from web.host_address import link_address
from web.paging import place_before
from web.panel.answers import done
from web.panel.blueprint import bp, current_user, needs
from web.panel.visits import UNITS_OFFERED
from web.qr import qr_svg

PAGE_LENGTH: Final = 25


@bp.get("/residents")
@needs(Permission.MANAGE_RESIDENTS)
def show_residents() -> Response:
    """The links, newest first, and the form for a new one."""
    return _page(HTTPStatus.OK, {})


@bp.post("/residents")
@needs(Permission.MANAGE_RESIDENTS)
def add_resident_link() -> Response:
    """Make a link and show its address, this once."""
    language = request.form.get("language", "")
    new = NewLink(
        unit=request.form.get("unit", "").strip(),
        name=request.form.get("name", ""),
        phone=request.form.get("phone", ""),
        address=request.form.get("address", ""),
        language=Language(language) if language in set(Language) else Language.ZH_HANT,
        is_owner="is_owner" in request.form,
    )
    try:
        link, token = appliance().resident_links.make(new, actor=current_user().actor)
    except Invalid as invalid:
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, invalid.fields)
    address = link_address(token)
    return make_response(
        render_template("panel/resident_link.html", made=link, address=address, code=qr_svg(address)),
        int(HTTPStatus.CREATED),
    )


@bp.post("/residents/<link_id>/revoke")
@needs(Permission.MANAGE_RESIDENTS)
def revoke_resident_link(link_id: str) -> Response:
    """End a link, and every page that is open by it."""
    link = appliance().resident_links.revoke(link_id, actor=current_user().actor)
    return done(_("The link %(name)s is revoked.", name=link.name), url_for("panel.show_residents", unit=link.unit))


def _page(status: HTTPStatus, problems: dict[str, FieldProblem]) -> Response:
    gate = appliance()
    unit = request.args.get("unit", "").strip()
    place = place_before()
    page = render_template(
        "panel/residents.html",
        page=gate.resident_links.page(unit, before=place, limit=PAGE_LENGTH),
        is_first=place is None,
        unit=unit,
        units=[one for _position, one in gate.units.page("", 0, UNITS_OFFERED)],
        now=gate.clock.now(),
        lapses_at=gate.resident_links.lapses_at,
        typed=request.form,
        problems=problems,
    )
    return make_response(page, int(status))
