"""Invitations: make, list, read, revoke, as residents do by their links."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from kiosk.domain.invitations import Invitation, NewInvitation
from web.access import appliance
from web.api.answers import IssuedPass
from web.api.cursors import read_cursor, write_cursor
from web.api.operations import Reply, caller, operation
from web.api.resident_answers import InvitationItem, InvitationPage
from web.api.resident_inputs import NewInvitationBody, OfUnitQuery

_LIST: Final = "invitations"


@operation(
    "POST",
    "/invitations",
    tag="residents",
    body=NewInvitationBody,
    answer=InvitationItem,
    status=HTTPStatus.CREATED,
    errors=("too-many-invitations",),
    answer_headers={"Location": "Where the invitation is."},
)
def invite(body: NewInvitationBody) -> Reply:
    """Invite a guest for a unit.

    Send the pass's token to the guest as a QR code. At the way in it signs the guest in by itself; at the touchscreen
    the guest's name is enough. With `weekly` the guest comes at those hours only, any number of times, and has to show
    the code.
    """
    new = NewInvitation(
        body.unit,
        body.visitor_name,
        body.not_before,
        body.not_after,
        phone=body.phone,
        vehicle_plate=body.vehicle_plate,
        weekly=body.weekly_profile(),
        comes_and_goes=body.comes_and_goes,
    )
    invitation = appliance().invitations.invite(new, actor=caller().actor)
    return Reply(_item(invitation), {"Location": f"/api/v1/invitations/{invitation.id}"})


@operation("GET", "/invitations", tag="residents", query=OfUnitQuery, answer=InvitationPage)
def list_invitations(query: OfUnitQuery) -> InvitationPage:
    """List invitations, the newest first."""
    page = appliance().invitations.page(query.unit, before=read_cursor(_LIST, query.cursor), limit=query.limit)
    items = [_item(invitation) for invitation in page.items]
    return InvitationPage(items=items, next=write_cursor(_LIST, page.next_after))


@operation("GET", "/invitations/<invitation_id>", tag="residents", answer=InvitationItem, errors=("not-found",))
def get_invitation(invitation_id: str) -> InvitationItem:
    """Read an invitation and its pass."""
    return _item(appliance().invitations.get(invitation_id))


@operation(
    "DELETE",
    "/invitations/<invitation_id>",
    tag="residents",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found", "already-revoked"),
)
def revoke_invitation(invitation_id: str) -> None:
    """Withdraw an invitation.

    For good and at once: its pass opens nothing any more, and the guest's name lets nobody in.
    """
    appliance().invitations.revoke(invitation_id, actor=caller().actor)


def _item(invitation: Invitation) -> InvitationItem:
    issued = IssuedPass(id=invitation.pass_id, token=invitation.token)
    weekly = invitation.weekly.as_record() if invitation.weekly is not None else None
    return InvitationItem.model_validate(
        {
            "id": invitation.id, "unit": invitation.unit, "state": invitation.state(appliance().clock.now()),
            "visitor_name": invitation.visitor_name, "phone": invitation.phone,
            "vehicle_plate": invitation.vehicle_plate, "not_before": invitation.not_before,
            "not_after": invitation.not_after, "weekly": _hours(weekly), "uses": invitation.uses,
            "max_uses": invitation.max_uses, "link_id": invitation.link_id, "created_at": invitation.created_at,
            "pass": issued,
        }
    )  # fmt: skip


def _hours(weekly: dict[str, list[list[int]]] | None) -> dict[str, list[str]] | None:
    if weekly is None:
        return None
    return {day: [f"{_clock(begins)}-{_clock(ends)}" for begins, ends in spans] for day, spans in weekly.items()}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
