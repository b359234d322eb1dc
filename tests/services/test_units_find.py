"""Units found by typing them: what digits and letters mean, within what has been chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.clock import SystemClock
from kiosk.domain.units import Unit
from kiosk.services.units import UnitService
from tests.support.empty_store import open_store

DIRECTORY = [
    *(
        Unit(f"{phase}-{block}-{floor}-{door}", phase, block, str(floor), door)
        for phase, blocks in (("1", "AB"), ("2", "CD"))
        for block in blocks
        for floor in (2, 7, 12, 27, 73)
        for door in ("1", "3", "10")
    ),
    Unit("H-12", "", "", "", "12"),
    Unit("CLUB", "會所", "", "", ""),
]


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitService]:
    store = open_store(tmp_path_factory.mktemp("units"), SystemClock())
    service = UnitService(store)
    service.replace_all(DIRECTORY)
    yield service
    store.close()


def found(units: UnitService, typed: str, limit: int = 4, **within: Any) -> list[str]:
    return [unit.code for unit in units.find(typed, limit, **within)]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("2C73", ["2-C-7-3", "2-C-73-1", "2-C-73-3", "2-C-73-10"]),
        ("2-c-7-3", ["2-C-7-3", "2-C-73-1", "2-C-73-3", "2-C-73-10"]),
        ("２Ｃ７３", ["2-C-7-3", "2-C-73-1", "2-C-73-3", "2-C-73-10"]),
        ("73", ["1-A-7-3", "1-B-7-3", "2-C-7-3", "2-D-7-3"]),
        ("703", ["1-A-7-3", "1-B-7-3", "2-C-7-3", "2-D-7-3"]),
        ("0703", ["1-A-7-3", "1-B-7-3", "2-C-7-3", "2-D-7-3"]),
        ("d710", ["2-D-7-10"]),
        ("D733", ["2-D-73-3"]),
        ("2710", ["1-A-27-10", "1-B-27-10", "2-C-27-10", "2-D-27-10"]),
        ("273", ["1-A-27-3", "1-B-27-3", "2-C-27-3", "2-D-27-3"]),
        ("2123", ["2-C-12-3", "2-D-12-3"]),
        ("12", ["H-12", "1-A-12-1", "1-A-12-3", "1-A-12-10"]),
        ("99", []),
        ("%", []),
        ("_", []),
        ("會", ["CLUB"]),
        ("", []),
    ],
)
def test_what_was_typed_finds_units_and_those_that_are_just_that_first(
    units: UnitService, typed: str, codes: list[str]
) -> None:
    assert found(units, typed) == codes


def test_what_has_been_chosen_narrows_and_need_not_be_typed(units: UnitService) -> None:
    assert found(units, "73", phase="2") == ["2-C-7-3", "2-D-7-3", "2-C-73-1", "2-C-73-3"]
    assert found(units, "73", phase="2", block="D")[0] == "2-D-7-3"
    assert found(units, "10", phase="2", block="D", floor="7") == ["2-D-7-10"]
    assert found(units, "1", limit=2, phase="2", block="D", floor="7") == ["2-D-7-1", "2-D-7-10"]


def test_letters_are_those_of_blocks_and_doors(units: UnitService) -> None:
    assert units.letters(phase=None, block=None) == ["A", "B", "C", "D"]
    assert units.letters(phase="2", block=None) == ["C", "D"]
    assert units.letters(phase="2", block="D") == []
