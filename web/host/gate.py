"""The first page: who asks at the gate to be let in to this unit, now; and letting them in, or not."""

from __future__ import annotations

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.errors import NotFound
from kiosk.services.approvals import HostAsked
from kiosk.services.resident_links import ResidentLink
from kiosk.services.sealing import SealingError
from web.access import appliance
from web.host.goods import slips_to_approve
from web.host.invitations import open_invitations
from web.host.session import bp, current, home, with_link


@bp.get("/")
@with_link
def show_home(link: ResidentLink) -> ResponseReturnValue:
    """Who is at the gate, and whom the unit expects."""
    return render_template(
        "host/home.html",
        link=link,
        asked=appliance().approvals.asked_of(link.unit),
        invitations=open_invitations(link.unit),
        kept=appliance().goods.goods_queries.kept(link.unit),
        to_approve=slips_to_approve(link),
    )


@bp.get("/parts/gate")
def show_gate() -> ResponseReturnValue:
    """The part of that page which changes, for its script; 401 once the link has ended."""
    link, _until = current()
    if link is None:
        return "", 401
    return render_template("host/_gate.html", asked=appliance().approvals.asked_of(link.unit))


@bp.get("/visits/<visit_id>/photo.jpg")
@with_link
def show_photo(link: ResidentLink, visit_id: str) -> ResponseReturnValue:
    """The photo of somebody who waits for this unit's answer; of nobody else, and not any more afterwards."""
    photo_id = _asked(link, visit_id).visit.photo_id
    if photo_id is None:
        abort(404)
    try:
        return Response(appliance().photos.jpeg(photo_id), mimetype="image/jpeg")
    except SealingError:
        abort(404)


@bp.post("/visits/<visit_id>/approve")
@with_link
def approve(link: ResidentLink, visit_id: str) -> ResponseReturnValue:
    """Let somebody in who asks for this unit."""
    _of_unit(link, visit_id)
    appliance().visits.approve(visit_id, actor=link.actor)
    return home(_("Thank you. The visitor is let in."))


@bp.post("/visits/<visit_id>/refuse")
@with_link
def refuse(link: ResidentLink, visit_id: str) -> ResponseReturnValue:
    """Turn somebody away who asks for this unit."""
    _of_unit(link, visit_id)
    appliance().visits.refuse(visit_id, actor=link.actor, reason="")
    return home(_("Thank you. The guard tells the visitor."))


def _asked(link: ResidentLink, visit_id: str) -> HostAsked:
    """A visit that waits for this unit's answer.

    Raises:
        NotFound: there is none of that id, or it is another unit's.
    """
    found = next((one for one in appliance().approvals.asked_of(link.unit) if one.visit.id == visit_id), None)
    if found is None:
        raise NotFound("visit")
    return found


def _of_unit(link: ResidentLink, visit_id: str) -> None:
    """Refuse a visit about which this unit was never asked; one that somebody has decided says so by itself.

    Raises:
        NotFound: there is none of that id, it is another unit's, or its host has no say.
    """
    gate = appliance()
    if gate.visit_queries.get(visit_id).unit != link.unit or not gate.approvals.was_asked(visit_id):
        raise NotFound("visit")
