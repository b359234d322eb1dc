"""A unit by typing it at the touchscreen."""

from __future__ import annotations

import re

import pytest

from tests.support.visitor import Visitor
from web.turns import place

FOUND = re.compile(r'name="found" value="([^"]+)"')


@pytest.fixture
def asked(visitor: Visitor) -> Visitor:
    """Somebody who is asked where to."""
    return visitor.begin()


def test_every_way_to_a_place_can_be_typed(visitor: Visitor) -> None:
    for way, begin in (("sign-in", "/sign-in"), ("goods-in", "/goods-in"), ("take-out", "/take-out")):
        visitor.send("/language", language="en")
        visitor.send(begin)
        if way == "sign-in":
            visitor.send("/sign-in/kind", kind="delivery")
        if way == "goods-in":
            visitor.send("/goods-in/carrier", carrier="DHL")
        assert f'href="/{way}/place/find"' in visitor.page, way
        visitor.see(f"/{way}/place/find?q=12a")
        assert FOUND.findall(visitor.page) == ["2-C-12-A", "1-A-2-A"], "the second by its phase"
        visitor.send(f"/{way}/place", found="2-C-12-A")
        assert "/place" not in visitor.path
        visitor.send("/leave")


def test_the_page_has_the_letters_of_the_estate_and_goes_by_what_was_chosen(asked: Visitor) -> None:
    asked.see("/sign-in/place/find")
    assert re.findall(r'data-key="([A-Z])"', asked.page) == ["A", "B", "C"]
    assert FOUND.findall(asked.page) == []
    asked.see("/sign-in/place").go_to("1/A")
    assert FOUND.findall(asked.see("/sign-in/place/found?q=1A").page) == ["1-A-1-A", "1-A-1-B", "1-A-2-A"]
    assert 'data-key="C"' not in asked.see("/sign-in/place/find").page
    assert asked.send("/sign-in/place", found="2-C-12-A").path == "/sign-in/place", "it lies in another phase"
    assert asked.send("/sign-in/place", found="1-B-1-A").path == "/sign-in/place", "and this in another block"
    assert asked.send("/sign-in/place", found="9-Z").path == "/sign-in/place"
    assert asked.send("/sign-in/place", found="1-A-2-A").path == "/sign-in/about"
    assert asked.see("/sign-in/place/find").path == "/sign-in/about", "it has been chosen"


def test_more_than_fit_are_told_to_be_more_and_nothing_is_told_too(
    asked: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "FOUND_AT_ONCE", 1)
    asked.see("/sign-in/place/found?q=1")
    assert (len(FOUND.findall(asked.page)), "There are more." in asked.page) == (1, True)
    assert "There is no such unit here." in asked.see("/sign-in/place/found?q=99").page
    assert "There" not in asked.see("/sign-in/place/found?q=").page


def test_without_a_turn_there_is_nothing_to_find(visitor: Visitor) -> None:
    assert visitor.see("/sign-in/place/find?q=1").path == "/"
    assert visitor.see("/sign-in/place/found?q=1").path == "/"
