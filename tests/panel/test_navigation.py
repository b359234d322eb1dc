"""What the bar offers: to each role what it may see, with the place of the page that is shown marked."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from kiosk.domain.roles import Role
from tests.panel.guard import Guard

_NAV = re.compile(r"<nav .*?</nav>", re.DOTALL)
_LINK = re.compile(r'<a [^>]*href="([^"]+)"')
_OF_OBSERVERS = {"/panel/", "/panel/devices", "/panel/health", "/panel/figures"}
_OF_STAFF = _OF_OBSERVERS | {
    "/panel/visits",
    "/panel/alarms",
    "/panel/goods",
    "/panel/slips",
    "/panel/passes",
    "/panel/cards",
    "/panel/time-profiles",
    "/panel/muster",
}
_OF_A_DESK = {"/panel/sign-in", "/panel/blocklist", "/panel/daily-lists"}
_OF_A_GATE = {"/panel/handovers"}
_OF_AN_OFFICE = {"/panel/residents", "/panel/reconciliation"}
_OF_THOSE_IN_CHARGE = {"/panel/holds", "/panel/certificates"}


def bar(guard: Guard, path: str) -> str:
    found = _NAV.search(guard.get(path).text)
    assert found, path
    return found[0]


@pytest.mark.parametrize(
    ("role", "offers"),
    [
        (Role.OBSERVER, _OF_OBSERVERS),
        (Role.GUARD, _OF_STAFF | _OF_A_DESK | _OF_A_GATE),
        (Role.CLERK, _OF_STAFF),
        (Role.FRONT_DESK, _OF_STAFF | _OF_A_DESK | _OF_AN_OFFICE),
        (Role.SUPERVISOR, _OF_STAFF | _OF_A_DESK | _OF_A_GATE | _OF_AN_OFFICE | _OF_THOSE_IN_CHARGE),
        (Role.ADMIN, _OF_STAFF | _OF_A_DESK | _OF_A_GATE | _OF_AN_OFFICE | _OF_THOSE_IN_CHARGE),
    ],
)
def test_every_role_is_offered_what_it_may_see_and_no_more(app: Flask, role: Role, offers: set[str]) -> None:
    someone = Guard(app)
    someone.log_in(role.value)
    offered = _LINK.findall(bar(someone, "/panel/"))
    assert set(offered) == offers
    assert len(offered) == len(set(offered))
    assert {someone.get(address).status_code for address in offered} == {200}


@pytest.mark.parametrize(
    ("path", "place", "value", "group"),
    [
        ("/panel/", "/panel/", "page", ""),
        ("/panel/sign-in", "/panel/sign-in", "page", ""),
        ("/panel/passes", "/panel/passes", "page", "Office"),
        ("/panel/goods", "/panel/goods", "page", "Goods"),
        ("/panel/slips", "/panel/slips", "page", "Goods"),
        ("/panel/muster", "/panel/muster", "page", "More"),
        ("/panel/lanes/in/self-test", "/panel/devices", "true", "More"),
    ],
)
def test_the_place_of_the_page_and_its_menu_are_marked(
    guard: Guard, path: str, place: str, value: str, group: str
) -> None:
    shown = bar(guard, path)
    assert re.findall(r'href="([^"]+)" aria-current="(\w+)"', shown) == [(place, value)]
    assert re.findall(r'<summary class="tab here">.*?<span>(\w+)</span>', shown) == ([group] if group else [])


def test_a_page_below_another_marks_the_one_it_belongs_to(app: Flask) -> None:
    clerk = Guard(app)
    clerk.log_in("clerk")
    assert 'href="/panel/cards" aria-current="true"' in bar(clerk, "/panel/cards/new")


def test_no_two_parts_of_the_panel_give_templates_the_same_name(app: Flask, guard: Guard) -> None:
    with guard.client:
        guard.get("/panel/visits")
        given = [set(more()) for more in app.template_context_processors["panel"]]
    assert sum(len(names) for names in given) == len(set().union(*given))
    assert {"approval_label", "test_step_label"} <= set().union(*given)
