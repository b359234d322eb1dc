"""The rules of a handover: a table of what can be done where, and a machine that tries everything in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kiosk.domain.handovers import (
    Handover,
    HandoverState,
    Means,
    NotPossible,
    Side,
    Signature,
    cancelled,
    changed,
    named,
    signed,
)
from kiosk.domain.open_items import DailyKind, ItemKind, OpenItem, belongs_on, in_order, item_from

AT = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
FRESH = Handover("h", HandoverState.OPEN, AT, "chan")
NAMED = replace(FRESH, incoming="lee")
ONCE = replace(NAMED, state=HandoverState.SIGNED, signatures={Side.OUTGOING: Signature(AT, Means.PIN)})
ENDED = signed(ONCE, Side.INCOMING, Means.CARD, AT)
CANCELLED = cancelled(FRESH, AT)

ACTS = {
    "change": changed,
    "name": lambda handover: named(handover, "wong"),
    "name self": lambda handover: named(handover, "chan"),
    "outgoing": lambda handover: signed(handover, Side.OUTGOING, Means.PIN, AT),
    "incoming": lambda handover: signed(handover, Side.INCOMING, Means.CARD, AT),
    "cancel": lambda handover: cancelled(handover, AT),
}
OPEN, SIGNED = HandoverState.OPEN, HandoverState.SIGNED
TABLE = {
    # what is done: fresh, named, signed once, ended, cancelled
    "change": (OPEN, OPEN, OPEN, "handover-ended", "handover-cancelled"),
    "name": (OPEN, OPEN, OPEN, "handover-ended", "handover-cancelled"),
    "name self": ("hands-to-self",) * 5,
    "outgoing": ("nobody-takes-over", SIGNED, "signed-already", "handover-ended", "handover-cancelled"),
    "incoming": ("nobody-takes-over", SIGNED, HandoverState.ENDED, "handover-ended", "handover-cancelled"),
    "cancel": (*[HandoverState.CANCELLED] * 3, "handover-ended", "handover-cancelled"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("place", range(5))
def test_what_can_be_done_where(act: str, place: int) -> None:
    before, expected = (FRESH, NAMED, ONCE, ENDED, CANCELLED)[place], TABLE[act][place]
    if isinstance(expected, HandoverState):
        assert ACTS[act](before).state is expected
    else:
        with pytest.raises(NotPossible) as refused:
            ACTS[act](before)
        assert refused.value.code == expected


class Meeting(RuleBasedStateMachine):
    """Two people and a sheet of paper."""

    def __init__(self) -> None:
        super().__init__()
        self.handover = FRESH
        self.over: Handover | None = None

    @rule(act=st.sampled_from(sorted(ACTS)))
    def do(self, act: str) -> None:
        before = self.handover
        try:
            self.handover = ACTS[act](before)
        except NotPossible:
            assert self.handover is before
        else:
            if act in {"change", "name"}:
                assert not self.handover.signatures

    @invariant()
    def it_ends_by_both_and_by_nothing_else(self) -> None:
        both = set(self.handover.signatures) == set(Side)
        assert (self.handover.state is HandoverState.ENDED) == both
        assert (self.handover.ended_at is not None) == self.handover.is_over
        assert self.handover.incoming != self.handover.outgoing

    @invariant()
    def what_is_over_stays_as_it_is(self) -> None:
        if self.over is not None:
            assert self.handover == self.over
        elif self.handover.is_over:
            self.over = self.handover


TestMeeting = Meeting.TestCase
TestMeeting.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)


def test_items_come_by_kind_and_the_longest_wait_first() -> None:
    late = OpenItem(ItemKind.SLIP_LATE, "1", "R2026-00001", AT)
    older, newer = (OpenItem(ItemKind.ALARM, id_, "forced", AT + timedelta(hours=n)) for n, id_ in enumerate("ab"))
    assert in_order([late, newer, older]) == [older, newer, late]
    assert item_from(late.as_record()) == late


def test_the_mornings_list_has_what_was_open_before_midnight_by_the_estates_clock() -> None:
    zone, day = ZoneInfo("Asia/Hong_Kong"), date(2026, 3, 2)
    before, after = (
        OpenItem(ItemKind.VISIT, "1", "260301-1", datetime(2026, 3, 1, 16, 0, tzinfo=UTC) + timedelta(seconds=n))
        for n in (-1, 0)
    )
    assert belongs_on(DailyKind.LEFT_OVER, before, day, zone)
    assert not belongs_on(DailyKind.LEFT_OVER, after, day, zone)
    assert belongs_on(DailyKind.UNFINISHED, after, day, zone)
