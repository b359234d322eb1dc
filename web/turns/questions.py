"""Questions of a page as it shows them, whatever they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import request
from flask_babel import LazyString

from kiosk.errors import FieldProblem

SHOWN_BACK: Final = 300
"""How much of a text that is too long is shown again to be shortened."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field. `limit` is its most characters, for a number the highest; `least` the lowest number."""

    name: str
    label: str | LazyString
    value: object
    is_required: bool
    limit: int
    problem: FieldProblem | None = None
    least: int = 0


def typed_text(name: str) -> str:
    """A text as it was sent, cut where it is much too long."""
    return request.form.get(name, "").strip()[:SHOWN_BACK]


def typed_number(name: str, problems: dict[str, FieldProblem], *, least: int, most: int) -> int | None:
    """A number as it was sent; None when nothing was, and when it cannot be, which `problems` then says."""
    text = request.form.get(name, "").strip()
    if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
        return int(text[:9])
    if text:
        problems[name] = FieldProblem.OUT_OF_RANGE
    return None


def only(problems: Mapping[str, FieldProblem], names: set[str]) -> dict[str, FieldProblem]:
    """The problems of these fields."""
    return {name: problem for name, problem in problems.items() if name in names}
