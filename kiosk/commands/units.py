"""`units import`: give an estate its directory, once, from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.commands.common import appliance_for, fail, say, store_problems_said
from kiosk.domain.text import is_one_line
from kiosk.domain.units import Unit
from kiosk.domain.visits import MAX_STAY_H

COLUMNS: Final = ("code", "phase", "block", "floor", "door")
STAY: Final = "stay_h"
"""The column that may be missing, and be empty in any line."""
_LONGEST: Final = 32


def import_units(path: Path, *, data: Path | None, config: Path | None) -> None:
    """Write the units of a CSV file, in its order, into a directory that has none yet; all or nothing."""
    try:
        directory = read(path)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except ValueError as error:
        fail(str(error))
    units = appliance_for(data, config).units
    with store_problems_said():
        if units.phases():
            fail("The directory has units already: visits and cards refer to them, so it is not written again.")
        units.replace_all(directory)
    say(f"{len(directory)} units are in the directory.")


def read(path: Path) -> list[Unit]:
    """Read a CSV file in UTF-8 whose first line names the columns code, phase, block, floor, door and perhaps stay_h.

    Raises:
        OSError: it cannot be read.
        ValueError: with a line for each problem.
    """
    try:
        # utf-8-sig: spreadsheets put a byte order mark before what they export.
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a CSV file in UTF-8: {error}") from error
    problems = list(_problems(rows)) or ([] if rows else ["there are no units"])
    if problems:
        raise ValueError("\n".join(f"{path}: {problem}" for problem in problems))
    return [_unit(row) for row in rows]


def _problems(rows: list[dict[str, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        for column in COLUMNS:
            value = (row.get(column) or "").strip()
            if not value or len(value) > _LONGEST or not is_one_line(value):
                yield f"line {number}: {column} is a text of 1 to {_LONGEST} characters"
        try:
            _stay(row)
        except ValueError:
            yield f"line {number}: {STAY} is a number of hours up to {MAX_STAY_H:g}, or empty"
        code = (row.get("code") or "").strip()
        if code in seen:
            yield f"line {number}: the code {code} stands twice"
        seen.add(code)


def _unit(row: dict[str, str]) -> Unit:
    code, phase, block, floor, door = (row[column].strip() for column in COLUMNS)
    return Unit(code, phase, block, floor, door, _stay(row))


def _stay(row: dict[str, str]) -> float | None:
    text = (row.get(STAY) or "").strip()
    stay_h = float(text) if text else None
    if stay_h is not None and not 0 < stay_h <= MAX_STAY_H:
        raise ValueError(text)
    return stay_h
