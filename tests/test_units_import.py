"""An estate's directory comes from a spreadsheet, whole or not at all, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.clock import SystemClock
from kiosk.domain.units import Unit
from kiosk.services.units import UnitService
from kiosk.store.database import Store

GOOD = "\ufeffcode,phase,block,floor,door\n1-A-1-1,1,A,1,1\n1-A-1-2,1,A,1,2\n翠-B-2-1,2,B,2,1\n"


def _import(tmp_path: Path, text: str) -> int | str | None:
    file = tmp_path / "units.csv"
    file.write_bytes(text.encode())
    try:
        return main(["units", "import", str(file), "--data", str(tmp_path / "data")])
    except SystemExit as ended:
        return ended.code


def _units(tmp_path: Path) -> list[Unit]:
    store = Store(tmp_path / "data", SystemClock())
    store.migrate()
    units = [unit for _position, unit in UnitService(store).page("", 0, 100)]
    store.close()
    return units


def test_the_directory_is_written_in_the_files_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _import(tmp_path, GOOD) == 0
    assert capsys.readouterr().out == "3 units are in the directory.\n"
    assert [unit.code for unit in _units(tmp_path)] == ["1-A-1-1", "1-A-1-2", "翠-B-2-1"]


def test_a_unit_may_let_its_guests_stay_for_another_time(tmp_path: Path) -> None:
    text = "code,phase,block,floor,door,stay_h\n1-A-1-1,1,A,1,1,12.5\n1-A-1-2,1,A,1,2,\n1-A-1-3,1,A,1,3\n"
    assert _import(tmp_path, text) == 0
    assert [unit.stay_h for unit in _units(tmp_path)] == [12.5, None, None]


def test_it_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _import(tmp_path, GOOD)
    assert _import(tmp_path, GOOD.replace("翠", "碧")) == 1
    assert "already" in capsys.readouterr().err
    assert [unit.code for unit in _units(tmp_path)][-1] == "翠-B-2-1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,phase,block,floor,door\n", ["there are no units"]),
        ("code,phase,block,floor\nA,1,A,1\n", ["line 2: door is a text"]),
        (GOOD + "1-A-1-1,1,A,1,1\n,1,A,1,1\n", ["line 5: the code 1-A-1-1 stands twice", "line 6: code is a text"]),
        (GOOD + "x" * 33 + ",1,A,1,1\n", ["line 5: code is a text of 1 to 32"]),
        ('code,phase\n"', ["not a CSV file"]),
        *(
            (
                f"code,phase,block,floor,door,stay_h\nA,1,A,1,1,{stay}\n",
                ["line 2: stay_h is a number of hours up to 72"],
            )
            for stay in ("0", "-1", "72.1", "nan", "inf", "long")
        ),
    ],
)
def test_every_problem_is_told_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: list[str]
) -> None:
    assert _import(tmp_path, text) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(said)
    assert all(part in line for part, line in zip(said, told, strict=True))
    assert _units(tmp_path) == []
