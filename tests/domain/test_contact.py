"""Which opening of a gate is an alarm: a table of stories, and the rule in other words for any order of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.contact import GRANT_NS, SWING_NS, ContactWatch

S = 1_000_000_000
HELD_S = 30.0
FORCED, HELD = AlarmKind.FORCED, AlarmKind.HELD

Story = list[tuple[float, str]]
"""What happens, with its second: `pulse`, `open`, `close`, `look`, `found-open`, `found-closed`."""


def tell(story: Story) -> list[tuple[float, AlarmKind]]:
    """The alarms of a story, each raised at the first event at which it was due."""
    watch = ContactWatch(HELD_S)
    raised = []
    for second, what in story:
        now_ns = round(second * S)
        if what == "pulse":
            watch.pulsed(now_ns)
        elif what.startswith("found"):
            watch.found(is_open=what == "found-open", now_ns=now_ns)
        elif what != "look":
            watch.changed(is_open=what == "open", at_ns=now_ns)
        for kind in watch.due(now_ns):
            raised.append((second, kind))
            watch.told(kind)
    return raised


@pytest.mark.parametrize(
    ("story", "alarms"),
    [
        pytest.param([(0, "pulse"), (1, "open"), (9, "close"), (60, "look")], [], id="a passage"),
        pytest.param([(0, "open"), (60, "look")], [(0, FORCED)], id="nobody was let through"),
        pytest.param([(0, "pulse"), (5.1, "open")], [(5.1, FORCED)], id="long after the pulse"),
        pytest.param(
            [(0, "pulse"), (1, "open"), (2.5, "close"), (3, "open")], [(3, FORCED)], id="pulled open again behind them"
        ),
        pytest.param([(0, "pulse"), (1, "open"), (1.5, "close"), (2, "open")], [], id="swinging on its latch"),
        pytest.param(
            [(0, "pulse"), (1, "open"), (8, "pulse"), (9, "close"), (10, "open")], [], id="the next one's pulse"
        ),
        pytest.param([(0, "pulse"), (1, "open"), (31, "look"), (32, "look"), (99, "look")], [(32, HELD)], id="held"),
        pytest.param([(0, "pulse"), (1, "open"), (32, "close"), (60, "look")], [(32, HELD)], id="held to the end"),
        pytest.param(
            [(0, "pulse"), (1, "open"), (25, "pulse"), (50, "pulse"), (79, "close")], [], id="one after another"
        ),
        pytest.param([(0, "open"), (1, "close"), (2, "open")], [(0, FORCED), (2, FORCED)], id="forced twice"),
        pytest.param([(0, "found-open"), (5, "open"), (9, "close")], [], id="found open is not forced"),
        pytest.param([(0, "found-open"), (31, "look")], [(31, HELD)], id="found open, and so it stays"),
        pytest.param([(0, "found-closed"), (1, "open")], [(1, FORCED)], id="found closed"),
        pytest.param([(0, "found-closed"), (1, "close"), (60, "look")], [], id="closed again is nothing"),
    ],
)
def test_stories(story: Story, alarms: list[tuple[float, AlarmKind]]) -> None:
    assert tell(story) == alarms


def test_an_alarm_stays_due_until_it_is_told() -> None:
    watch = ContactWatch(HELD_S)
    watch.changed(is_open=True, at_ns=0)
    watch.changed(is_open=False, at_ns=S)
    watch.pulsed(2 * S)
    watch.changed(is_open=True, at_ns=3 * S)
    assert watch.due(99 * S) == {FORCED, HELD}
    watch.told(FORCED)
    assert watch.due(99 * S) == {HELD}
    watch.told(HELD)
    assert watch.due(999 * S) == frozenset()


@dataclass
class Passage:
    """A time the gate stood open, and the pulses given meanwhile."""

    opened_ns: int
    closed_ns: int | None = None
    pulses: list[int] = field(default_factory=list)


def is_forced(passage: Passage, pulses: list[int], before: list[Passage]) -> bool:
    """The rule in other words: no pulse of the last seconds that no earlier passage has used up."""

    def is_spent(pulse: int) -> bool:
        return any(
            earlier.opened_ns >= pulse and earlier.closed_ns - earlier.opened_ns > SWING_NS for earlier in before
        )

    return not any(passage.opened_ns - pulse <= GRANT_NS and not is_spent(pulse) for pulse in pulses)


def is_held(passage: Passage, end_ns: int) -> bool:
    """The rule in other words: more than the time allowed between two of opening, pulses and closing."""
    moments = [passage.opened_ns, *passage.pulses, end_ns if passage.closed_ns is None else passage.closed_ns]
    return any(after - earlier > HELD_S * S for earlier, after in pairwise(moments))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 3 * S), st.integers(0, 40 * S)),
            st.sampled_from(["pulse", "open", "close", "look"]),
        ),
        max_size=40,
    )
)
def test_any_order_of_events(events: list[tuple[int, str]]) -> None:
    story: Story = []
    passages: list[Passage] = []
    pulses: list[int] = []
    forced = held = now_ns = 0
    for wait_ns, what in events:
        now_ns += wait_ns
        story.append((now_ns / S, what))
        stands_open = bool(passages) and passages[-1].closed_ns is None
        if what == "pulse":
            pulses.append(now_ns)
            if stands_open:
                passages[-1].pulses.append(now_ns)
        elif what == "open" and not stands_open:
            passages.append(Passage(now_ns))
            forced += is_forced(passages[-1], pulses, passages[:-1])
        elif what == "close" and stands_open:
            passages[-1].closed_ns = now_ns
    for place, passage in enumerate(passages):
        earlier_pulses = [pulse for pulse in pulses if pulse not in passage.pulses and pulse <= passage.opened_ns]
        if not is_forced(passage, earlier_pulses, passages[:place]):
            held += is_held(passage, now_ns)
    raised = [kind for _second, kind in tell(story)]
    assert (raised.count(FORCED), raised.count(HELD)) == (forced, held)
