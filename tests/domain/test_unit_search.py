"""A unit is found by what people type of its address, in any of the languages."""

from __future__ import annotations

import pytest

from kiosk.domain.unit_search import find_units
from kiosk.domain.units import Unit

ESTATE = [
    Unit(f"{phase}-{block}-{floor}-{door}", phase, block, str(floor), str(door))
    for phase, blocks in (("1", "AB"), ("2", "CD"))
    for block in blocks
    for floor in (1, 7, 17, 73)
    for door in (1, 3)
]
NAMED = [
    Unit("LOBBY", "管理處", "", "", ""),
    Unit("P-1", "翠濤閣", "1座", "G", "A"),
    Unit("P-2", "翠濤閣", "2座", "12", "A"),
    Unit("H-8", "Cedar House", "", "", "8"),
]


def found(query: str, directory: list[Unit] = ESTATE, limit: int = 100) -> list[str]:
    return [unit.code for unit in find_units(directory, query, limit)]


@pytest.mark.parametrize(
    "query",
    [
        "2C73",
        "2c73",
        "2-C-7-3",
        "C 7 3",
        "c7/3",
        "C座7樓3室",
        "2期C座7楼3室",
        "Phase 2, Block C, 7/F, Flat 3",
        "２Ｃ７３",
    ],
)
def test_an_address_finds_its_door_first(query: str) -> None:
    assert found(query)[0] == "2-C-7-3"


def test_floor_and_door_alone_find_one_in_each_block() -> None:
    assert found("73")[:4] == ["1-A-7-3", "1-B-7-3", "2-C-7-3", "2-D-7-3"]
    assert "1-A-17-3" not in found("73")


def test_what_has_been_typed_so_far_may_go_on() -> None:
    assert found("2C7") == ["2-C-7-1", "2-C-7-3", "2-C-73-1", "2-C-73-3"]
    assert found("C 7") == ["2-C-7-1", "2-C-7-3", "2-C-73-1", "2-C-73-3"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("管理", ["LOBBY"]),
        ("翠濤", ["P-1", "P-2"]),
        ("翠濤閣2座", ["P-2"]),
        ("cedar", ["H-8"]),
        ("Cedar House 8", ["H-8"]),
        ("G/F", ["P-1"]),
    ],
)
def test_names_are_found_by_any_part(query: str, codes: list[str]) -> None:
    assert found(query, NAMED) == codes


@pytest.mark.parametrize("query", ["", "  ", "座", "-/-", "9Z9", "\u0000\ud800", "%", "'; --"])
def test_what_is_no_address_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_only_so_many_are_found_and_a_long_query_is_cut() -> None:
    assert len(found("7", limit=3)) == 3
    assert found("2C73" + " " * 200 + "x")[0] == "2-C-7-3"
