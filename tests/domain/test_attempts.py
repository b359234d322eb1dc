"""A few attempts in a while, and no more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.attempts import Attempts

SECOND = 1_000_000_000


def test_there_are_as_many_as_allowed_and_more_after_a_while() -> None:
    attempts = Attempts(2, 60)
    assert attempts.take(0)
    assert attempts.take(30 * SECOND)
    assert not attempts.take(59 * SECOND)
    assert not attempts.are_left(59 * SECOND)
    assert attempts.take(60 * SECOND), "the first is a minute old"
    assert not attempts.take(89 * SECOND)
    assert attempts.take(90 * SECOND)


def test_one_that_was_none_is_given_back() -> None:
    attempts = Attempts(1, 60)
    attempts.give_back()
    assert attempts.take(0)
    attempts.give_back()
    assert attempts.take(1)
    assert not attempts.take(2)


@given(st.lists(st.integers(0, 20 * SECOND), max_size=60))
def test_no_span_holds_more_than_the_limit(gaps: list[int]) -> None:
    attempts, now, taken = Attempts(3, 10), 0, []
    for gap in gaps:
        now += gap
        if attempts.take(now):
            taken.append(now)
    for place, at in enumerate(taken):
        assert sum(1 for other in taken[place:] if other - at < 10 * SECOND) <= 3
