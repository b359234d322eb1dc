"""`python -m kiosk doctor`: what it says of the calendar of holidays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kiosk.commands import doctor
from tests.support.calendars import all_day, write_calendar

LANE = '[lanes.in]\ndirection = "in"\nrelay = {driver = "simulated"}\n'
THIS_YEAR, NEXT_YEAR = f"{date.today().year}0701", f"{date.today().year + 1}0701"  # noqa: DTZ011 - half a year from either end


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gatehouse.toml"
    path.write_text(f'{LANE}[access]\nholidays_file = "{tmp_path / "holidays.ics"}"\n')
    return path


@pytest.mark.parametrize(
    ("days", "said"),
    [(None, "unreadable  holidays"), (["20200701"], "run-out  holidays")],
)
def test_a_calendar_that_needs_attention(config: Path, capsys: pytest.CaptureFixture[str], days, said) -> None:
    if days is not None:
        write_calendar(config.with_name("holidays.ics"), *map(all_day, days))
    with pytest.raises(SystemExit) as ended:
        doctor.examine(config=config)
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert said in out
    assert "ok       in.relay" in out
    assert err == "The calendar of holidays needs attention.\n"


def test_a_calendar_that_is_well(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_calendar(config.with_name("holidays.ics"), all_day(THIS_YEAR), all_day(NEXT_YEAR))
    doctor.examine(config=config)
    last = f"{date.today().year + 1}-07-01"  # noqa: DTZ011
    assert f"ok       holidays ({path}): 2 days, the last {last}" in capsys.readouterr().out


def test_without_one_nothing_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(LANE)
    doctor.examine(config=config)
    assert "holidays" not in capsys.readouterr().out


def test_a_path_is_that_of_the_directory_it_was_given_in(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_calendar(config.with_name("holidays.ics"), all_day(THIS_YEAR), all_day(NEXT_YEAR))
    config.write_text(f'{LANE}[access]\nholidays_file = "holidays.ics"\n')
    monkeypatch.chdir(config.parent)
    doctor.examine(config=config)
    assert f"holidays ({path})" in capsys.readouterr().out
