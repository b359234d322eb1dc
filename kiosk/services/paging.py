"""Keyset paging: a page knows where the next one starts, and stays right while rows are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the rows. `next_after` is handed back for the following page; None after the last."""

    items: Sequence[T]
    next_after: int | None


def cut(rows: Sequence[T], limit: int, key: Callable[[T], int]) -> Page[T]:
    """Make a page of rows that were fetched with one row more than `limit`."""
    items = rows[:limit]
    return Page(items, key(items[-1]) if len(rows) > limit else None)
