"""The table of roles in the documentation says what the rules say."""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.domain.roles import PERMISSIONS, Permission, Role, may
from web.panel.blueprint import NEEDS

TABLE = Path(__file__).parents[1] / "docs/roles.md"


def rows() -> list[list[str]]:
    """The cells of the table, with its heading."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set(row[0]) <= {"-"}]


def test_every_permission_and_role_stands_in_it_as_it_is() -> None:
    heading, *lines = rows()
    roles = [Role(re.sub(r"`", "", cell)) for cell in heading[1:-1]]
    assert set(roles) == set(Role)
    told = {}
    for name, *marks, words in lines:
        assert words, name
        told[Permission(name.strip("`"))] = {role for role, mark in zip(roles, marks, strict=True) if mark == "✓"}
    assert told == {permission: {role for role in Role if may(role, permission)} for permission in Permission}


def test_every_permission_is_asked_for_somewhere() -> None:
    asked = {need.permission for need in NEEDS.values()}
    # not a page of its own, but what alarms a page shows; and asked for in the touchscreen's corner
    in_words = {Permission.SEE_SILENT_ALARMS, Permission.RUN_SCREEN}
    assert set(Permission) - asked <= in_words
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)
