"""The bar at the head of the panel: what a guard needs all night one touch away, the rest in two menus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from kiosk.domain.roles import Permission, may
from web.panel.blueprint import NEEDS, bp, current_session, current_user


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the bar.

    Attributes:
        belongs: the endpoints of others that it leads to by an address of another kind.
        key: the letter that leads there; empty: none.
    """

    endpoint: str
    icon: str
    label: str
    belongs: tuple[str, ...] = ()
    key: str = ""

    @property
    def address(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint)

    @property
    def current(self) -> str:
        """A value of `aria-current`: whether this page is shown ("page"), or one below it ("true"); else empty."""
        if request.endpoint == self.endpoint:
            return "page"
        # The shift's address is the beginning of every other.
        is_below = not self.address.endswith("/") and request.path.startswith(f"{self.address}/")
        return "true" if is_below or request.endpoint in self.belongs else ""


@dataclass(frozen=True, slots=True)
class Group:
    """A menu of the bar."""

    icon: str
    label: str
    places: list[Place]

    @property
    def is_current(self) -> bool:
        """Whether the page that is shown is one of its own."""
        return any(place.current for place in self.places)


@dataclass(frozen=True, slots=True)
class Navigation:
    """What the bar offers to whoever is logged in."""

    places: list[Place]
    groups: list[Group]


def _navigation() -> Navigation:
    groups = [
        Group("goods", _("Goods"), _open_to_user(_goods())),
        Group("office", _("Office"), _open_to_user(_office())),
        Group("more", _("More"), _open_to_user(_rest())),
    ]
    return Navigation(_open_to_user(_always()), [group for group in groups if group.places])


def _muster() -> Place:
    return Place("panel.show_muster", "people", _("Muster list"), key="m")


def _always() -> list[Place]:
    return [
        Place("panel.show_shift", "shift", _("Shift"), belongs=("panel.show_decision",), key="s"),
        Place("panel.list_visits", "search", _("Visits"), key="v"),
        Place("panel.show_sign_in", "add", _("Sign in"), key="n"),
        Place("panel.show_alarms", "alarm", _("Alarms"), key="a"),
    ]


def _goods() -> list[Place]:
    return [
        Place("panel.list_goods", "goods", _("Goods in"), key="g"),
        Place("panel.list_slips", "slip", _("Release slips"), key="r"),
    ]


def _office() -> list[Place]:
    return [
        Place("panel.list_passes", "pass", _("Passes")),
        Place("panel.show_residents", "home", _("Residents")),
        Place("panel.list_cards", "card", _("Cards")),
        Place("panel.show_time_profiles", "clock", _("Hours")),
        Place("panel.show_blocklist", "blocked", _("Blocklist")),
        Place("panel.list_weeks", "reconcile", _("Weekly reconciliation")),
        Place("panel.list_holds", "lock", _("Records on hold")),
        Place("panel.list_certificates", "certificate", _("Purge certificates")),
    ]


def _rest() -> list[Place]:
    return [
        _muster(),
        Place("panel.list_handovers", "handover", _("Shift handover")),
        Place("panel.list_daily_lists", "list", _("Lists of the day")),
        Place("panel.show_devices", "device", _("Devices"), belongs=("panel.show_self_test", "panel.run_self_test")),
        Place("panel.show_health", "stopwatch", _("Waiting times")),
        Place("panel.show_figures", "chart", _("Figures")),
    ]


def _open_to_user(places: list[Place]) -> list[Place]:
    role = current_user().role

    def is_open(permission: Permission | None) -> bool:
        return permission is None or may(role, permission)

    return [place for place in places if is_open(NEEDS[place.endpoint].permission)]


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"navigation": _navigation, "muster_place": _muster} if current_session() is not None else {}
