"""Time profiles: list, read, add, replace, remove."""

from __future__ import annotations

from http import HTTPStatus

from kiosk.services.time_profiles import NamedProfile
from web.access import appliance
from web.api.operations import caller, operation
from web.api.time_profile_models import TimeProfileBody, TimeProfileItem, TimeProfilePage, week_items


@operation("GET", "/time-profiles", tag="time-profiles", answer=TimeProfilePage)
def list_time_profiles() -> TimeProfilePage:
    """List all time profiles."""
    profiles = appliance().time_profiles
    uses = profiles.uses()
    return TimeProfilePage(items=[_item(one, uses.get(one.id, 0)) for one in profiles.all()], next=None)


@operation(
    "POST",
    "/time-profiles",
    tag="time-profiles",
    body=TimeProfileBody,
    answer=TimeProfileItem,
    status=HTTPStatus.CREATED,
    errors=("too-many-profiles",),
)
def add_time_profile(body: TimeProfileBody) -> TimeProfileItem:
    """Put a time profile on record.

    A card that is given it opens at its hours only. A holiday of the estate's calendar is a day of its own: without
    hours under `holiday`, the profile is closed on it whatever the weekday.
    """
    added = appliance().time_profiles.add(actor=caller().actor, name=body.name, profile=body.days.as_profile())
    return _item(added, 0)


@operation("GET", "/time-profiles/<profile_id>", tag="time-profiles", answer=TimeProfileItem, errors=("not-found",))
def get_time_profile(profile_id: str) -> TimeProfileItem:
    """Read one time profile."""
    return _with_uses(appliance().time_profiles.get(profile_id))


@operation(
    "PUT",
    "/time-profiles/<profile_id>",
    tag="time-profiles",
    body=TimeProfileBody,
    answer=TimeProfileItem,
    errors=("not-found",),
)
def replace_time_profile(profile_id: str, body: TimeProfileBody) -> TimeProfileItem:
    """Replace a time profile's name and hours.

    Every card that has it follows from its next tap on. Repeating it changes nothing more.
    """
    changed = appliance().time_profiles.change(
        profile_id, actor=caller().actor, name=body.name, profile=body.days.as_profile()
    )
    return _with_uses(changed)


@operation(
    "DELETE",
    "/time-profiles/<profile_id>",
    tag="time-profiles",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found", "profile-in-use"),
)
def remove_time_profile(profile_id: str) -> None:
    """Take a time profile off the record.

    One that a card has stays, be the card lost or returned: without it the card would open at any hour.
    """
    appliance().time_profiles.remove(profile_id, actor=caller().actor)


def _with_uses(named: NamedProfile) -> TimeProfileItem:
    return _item(named, appliance().time_profiles.uses().get(named.id, 0))


def _item(named: NamedProfile, cards: int) -> TimeProfileItem:
    return TimeProfileItem(id=named.id, name=named.name, days=week_items(named.profile), cards=cards)
