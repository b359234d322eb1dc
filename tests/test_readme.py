"""What the README promises about settings and drivers is what the code has."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from hardware.factory import DRIVERS
from kiosk.commands.settings import settings_table
from kiosk.config import parse

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def _rows_of(heading: str) -> list[list[str]]:
    section = README.split(f"### {heading}\n")[1].split("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_setting_is_documented_with_its_default_and_no_other():
    documented = [(name.strip("`"), default.strip("`"), help_) for name, default, help_ in _rows_of("Settings")]
    assert documented == [(row.name, row.default, row.help) for row in settings_table()]


@pytest.mark.parametrize(
    ("kind", "driver", "target"),
    [(kind, driver, target) for kind, drivers in DRIVERS.items() for driver, target in drivers.items()],
)
def test_every_driver_is_documented_with_its_options(kind, driver, target):
    rows = [row for row in _rows_of("Drivers and their options") if kind in row[0] and f"`{driver}`" in row[1]]
    assert rows, f"{kind} {driver} is not in the README"
    module, name = target.split(":")
    signature = inspect.signature(getattr(importlib.import_module(module), name))
    options = [p.name for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    documented = re.findall(r"`([a-z0-9_]+)`", rows[0][2])
    assert set(options) <= set(documented)
    if not options:
        assert rows[0][2] == "none"


def test_the_example_of_settings_is_one():
    example = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    settings = parse(tomllib.loads(example.group(1)))
    assert list(settings.lanes) == ["in", "out"]
