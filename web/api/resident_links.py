"""Residents' links: make, list, revoke."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from kiosk.services.resident_links import NewLink, ResidentLink
from web.access import appliance
from web.api.cursors import read_cursor, write_cursor
from web.api.operations import caller, operation
from web.api.resident_answers import NewResidentLink, ResidentLinkItem, ResidentLinkPage
from web.api.resident_inputs import NewResidentLinkBody, OfUnitQuery
from web.host_address import link_address

_LIST: Final = "resident-links"


@operation(
    "POST",
    "/resident-links",
    tag="residents",
    body=NewResidentLinkBody,
    answer=NewResidentLink,
    status=HTTPStatus.CREATED,
    errors=("too-many-links",),
)
def make_resident_link(body: NewResidentLinkBody) -> NewResidentLink:
    """Make a private link for a resident.

    Whoever opens it speaks for the unit: invites guests, sees the unit's visits and goods, lets in who asks for it. An
    owner's also approves what leaves the unit. Its address is told this once.
    """
    new = NewLink(body.unit, body.name, body.phone, body.address, body.language, body.is_owner)
    link, token = appliance().resident_links.make(new, actor=caller().actor)
    return NewResidentLink(url=link_address(token), **_members(link))


@operation("GET", "/resident-links", tag="residents", query=OfUnitQuery, answer=ResidentLinkPage)
def list_resident_links(query: OfUnitQuery) -> ResidentLinkPage:
    """List the links that are not revoked, the newest first."""
    page = appliance().resident_links.page(query.unit, before=read_cursor(_LIST, query.cursor), limit=query.limit)
    items = [ResidentLinkItem(**_members(link)) for link in page.items]
    return ResidentLinkPage(items=items, next=write_cursor(_LIST, page.next_after))


@operation(
    "DELETE",
    "/resident-links/<link_id>",
    tag="residents",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found",),
)
def revoke_resident_link(link_id: str) -> None:
    """Revoke a link.

    For good and at once: pages that are open by it close. Its address for notices and telephone number are forgotten.
    Invitations made by it stay.
    """
    appliance().resident_links.revoke(link_id, actor=caller().actor)


def _members(link: ResidentLink) -> dict[str, Any]:
    members = {name: getattr(link, name) for name in ResidentLinkItem.model_fields if name != "lapses_at"}
    return members | {"lapses_at": appliance().resident_links.lapses_at(link)}
