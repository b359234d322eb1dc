"""Inviting: the form, the code to send, the list, and withdrawing one."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, make_response, render_template, request, url_for
from flask import redirect as go
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.domain.invitations import Invitation, InvitationState
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.resident_links import ResidentLink
from web.access import appliance
from web.host.forms import invitation_from_form
from web.host.session import bp, home, with_link
from web.host.wording import when
from web.i18n import estate_name
from web.qr import qr_png, qr_svg
from web.turns.place import describe

LISTED: Final = 60
PAST_SHOWN_FOR: Final = timedelta(days=30)


@bp.get("/invite")
@with_link
def show_form(link: ResidentLink) -> ResponseReturnValue:
    """The form of an invitation."""
    return _form(link, HTTPStatus.OK, {})


@bp.post("/invite")
@with_link
def invite(link: ResidentLink) -> ResponseReturnValue:
    """Invite a guest, and show the code."""
    gate = appliance()
    try:
        new = invitation_from_form(request.form, link.unit, gate.settings.estate.zone)
        invitation = gate.invitations.invite(new, actor=link.actor, link=link)
    except Invalid as invalid:
        return _form(link, HTTPStatus.UNPROCESSABLE_ENTITY, invalid.fields)
    return go(url_for("host.show_invitation", invitation_id=invitation.id), 303)


@bp.get("/invitations")
@with_link
def list_invitations(link: ResidentLink) -> ResponseReturnValue:
    """The unit's invitations: the open ones, and those of late that are over."""
    now = appliance().clock.now()
    listed = appliance().invitations.page(link.unit, before=None, limit=LISTED).items
    past = [one for one in listed if one.state(now) is not InvitationState.OPEN]
    recent = [one for one in past if one.created_at > now - PAST_SHOWN_FOR or one.not_after > now - PAST_SHOWN_FOR]
    return render_template("host/invitations.html", link=link, open=open_invitations(link.unit), past=recent)


@bp.get("/invitations/<invitation_id>")
@with_link
def show_invitation(link: ResidentLink, invitation_id: str) -> ResponseReturnValue:
    """One invitation with its code, as an image and as a text to send."""
    invitation = appliance().invitations.get(invitation_id, unit=link.unit)
    is_open = invitation.state(appliance().clock.now()) is InvitationState.OPEN
    return render_template(
        "host/invitation.html",
        link=link,
        invitation=invitation,
        is_open=is_open,
        code=qr_svg(invitation.token) if is_open else None,
        text=_text(invitation),
    )


@bp.get("/invitations/<invitation_id>/code.png")
@with_link
def show_code(link: ResidentLink, invitation_id: str) -> ResponseReturnValue:
    """The code as a picture to keep and send."""
    invitation = appliance().invitations.get(invitation_id, unit=link.unit)
    return Response(qr_png(invitation.token), mimetype="image/png")


@bp.post("/invitations/<invitation_id>/revoke")
@with_link
def revoke(link: ResidentLink, invitation_id: str) -> ResponseReturnValue:
    """Withdraw an invitation."""
    appliance().invitations.revoke(invitation_id, actor=link.actor, unit=link.unit)
    return home(_("The invitation is withdrawn. Its code opens nothing any more."))


def open_invitations(unit: str) -> list[Invitation]:
    """A unit's invitations that are open: the next guest first, and after them those who come every week."""
    return sorted(appliance().invitations.open_of(unit), key=lambda one: (one.weekly is not None, one.not_before))


def _text(invitation: Invitation) -> str:
    gate = appliance()
    # Who comes for months has to show the code: a name that anybody can give is no credential for so long.
    told = (
        _("Please hold this code up to the camera at the gate.")
        if invitation.weekly is not None
        else _("Please hold this code up to the camera at the gate, or give your name there.")
    )
    return "\n".join(
        [
            _("You are invited to %(estate)s.", estate=estate_name(gate.settings.estate)),
            describe(gate.units, invitation.unit),
            when(invitation),
            told,
            invitation.token,
        ]
    )


def _form(link: ResidentLink, status: HTTPStatus, problems: dict[str, FieldProblem]) -> Response:
    gate = appliance()
    now = gate.clock.now().astimezone(gate.settings.estate.zone)
    page = render_template(
        "host/invite.html",
        link=link,
        problems=problems,
        typed=request.form,
        today=now.date(),
        last_day=now.date() + timedelta(days=366),
        in_three_months=now.date() + timedelta(days=91),
        next_hour=f"{now.hour:02d}:00",
    )
    return make_response(page, int(status))
