"""What the rules cost: from a card or a code to the relay with every rule on and a full estate, beside none of it.

    python -m bench.rules [--taps N] [--directory DIR]

Two gates stand side by side in one process, one of them bare: a reader, a relay, fifty cards. The other one keeps
account of who is inside, refuses hard what is passed back, counts every household's exits, waits for a first card,
is interlocked with another lane, gives its cards hours, and has 50,000 cards, 20,000 passes and 5,000 entries on the
blocklist. Rounds of taps alternate between them, so that a busy machine slows both alike, and each tap comes after
the floor of `bench.scan_to_open`, which tells how alike. Codes go into the lane's inbox as the decoder would put
them there.

Exits with 1 when the full gate's median is more than `MOST_TIMES_BARE` times the bare one's.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench.scan_to_open import PATIENCE_S, PULSE_S, UNIT, WARM_UP, Floor, measure, percentile_ms
from hardware.interfaces import RelayState
from hardware.simulated.gate import SimulatedGateRelay
from kiosk.appliance import Appliance
from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.domain.blocklist import Traits
from kiosk.domain.ids import new_id
from kiosk.domain.time_profiles import DAY_MIN, Day, Span, TimeProfile
from kiosk.services.blocklist import as_columns
from kiosk.services.qr_watch import QrPresented
from kiosk.store import journal
from kiosk.store.tables import blocklist, cards, openings, passes

MOST_TIMES_BARE = 1.2
ROUNDS = 7  # with 50 taps and 50 codes in each: a simulated relay remembers its last thousand pulses
CARDS, PASSES, BLOCKED = 50_000, 20_000, 5_000
ALWAYS = TimeProfile({day: (Span(0, DAY_MIN),) for day in Day})
HARD = {"timed": "hard", "timed_s": 1.0, "entering": "hard", "leaving": "hard"}


@dataclass(frozen=True)
class Gate:
    """A gate to be measured, with the cards and codes that it lets in, each good for one tap."""

    name: str
    appliance: Appliance
    uids: Iterator[str]
    tokens: Iterator[str]


def settings(*, has_rules: bool) -> dict[str, Any]:
    """The document of one gate."""
    simulated = {"driver": "simulated"}
    lane: dict[str, Any] = {"direction": "in", "relay": simulated, "reader": simulated, "pulse_s": PULSE_S}
    document: dict[str, Any] = {"lanes": {"in": lane}, "access": {"unconfirmed_clock_opens": True}}
    if has_rules:
        lane |= {"zone": "estate", "passback": HARD, "interlock": "airlock", "first_card": {"group": "staff"}}
        document["lanes"]["inner"] = {"direction": "in", "relay": simulated, "interlock": "airlock"}
        document["access"]["household_exits_per_day"] = 20
    return document


def build(directory: Path, *, has_rules: bool, taps: int) -> Gate:
    """Make and fill a gate, and start it."""
    appliance = build_appliance(parse(settings(has_rules=has_rules)), directory)
    appliance.units.replace_all([UNIT])
    needed = ROUNDS * taps + WARM_UP * ROUNDS
    uids = _fill_cards(appliance, CARDS if has_rules else needed, has_rules=has_rules)
    _fill_passes(appliance, PASSES if has_rules else 0)
    if has_rules:
        _fill_blocklist(appliance)
    tokens = [_issue(appliance, number) for number in range(needed)]
    appliance.start()
    assert appliance.supervisor.wait_until_settled(PATIENCE_S)
    return Gate("every rule on" if has_rules else "bare", appliance, iter(uids), iter(tokens))


def _fill_cards(appliance: Appliance, count: int, *, has_rules: bool) -> list[str]:
    profile = None
    if has_rules:
        profile = appliance.time_profiles.add(actor="bench", name="always", profile=ALWAYS).id
    uids = [f"04{number:012X}" for number in range(count)]
    with appliance.store.write() as transaction:
        rows = [
            {
                "id": new_id(transaction.now), "uid": uid, "technology": "uid-only", "holder": f"陳{number}",
                "unit": UNIT.code,
                "state": "active", "for_visits": False, "card_group": "staff" if has_rules else "",
                "lanes": ["in"] if has_rules else None, "time_profile_id": profile,
                "valid_to": transaction.now + timedelta(days=9) if has_rules else None,
                "created_at": transaction.now,
            }
            for number, uid in enumerate(uids)
        ]  # fmt: skip
        transaction.connection.execute(insert(cards), rows)
    return uids


def _fill_passes(appliance: Appliance, count: int) -> None:
    if not count:
        return
    now = datetime.now(UTC)
    with appliance.store.write() as transaction:
        rows = [
            {
                "id": new_id(now), "unit": UNIT.code, "kind": "multi", "holder": f"李{number}",
                "not_before": now,
                "not_after": now + timedelta(days=9), "uses": 0, "state": "active", "token": f"{number:0197}",
                "created_at": now,
            }
            for number in range(count)
        ]  # fmt: skip
        transaction.connection.execute(insert(passes), rows)


def _fill_blocklist(appliance: Appliance) -> None:
    with appliance.store.write() as transaction:
        rows = [
            {
                "id": new_id(transaction.now), **as_columns(Traits(f"馬{number}", f"5{number:07}")), "reason": "bench",
                "added_by": "bench", "created_at": transaction.now,
            }
            for number in range(BLOCKED)
        ]  # fmt: skip
        transaction.connection.execute(insert(blocklist), rows)


def _issue(appliance: Appliance, number: int) -> str:
    now = datetime.now(UTC)
    return appliance.passes.issue(
        actor="bench", unit=UNIT.code, holder=f"王{number}", not_before=now - timedelta(hours=1),
        not_after=now + timedelta(hours=9), uses=1, lanes=None,
    ).token  # fmt: skip


def show(gate: Gate, floor: Floor, count: int) -> tuple[list[int], list[int]]:
    """Hold up codes, one after the other, with the floor in between; the times in nanoseconds: path, floor."""
    lane, relay = gate.appliance.lanes.get("in"), gate.appliance.supervisor.device("in.relay")
    assert isinstance(relay, SimulatedGateRelay)
    path_ns, floor_ns = [], []
    never = threading.Event()
    for _ in range(count):
        floor_ns.append(floor.measure_ns())
        given = len(relay.pulses)
        presented_ns = time.monotonic_ns()
        lane.post(QrPresented(next(gate.tokens), presented_ns))
        deadline_s = time.monotonic() + PATIENCE_S
        while len(relay.pulses) == given or relay.state() is not RelayState.RELEASED:
            assert time.monotonic() < deadline_s, "the gate did not open"
            never.wait(PULSE_S / 4)
        path_ns.append(relay.pulses[-1].energised_ns - presented_ns)
    in_flight = select(func.count()).select_from(openings).where(openings.c.outcome.is_(None))
    while True:  # until what the gate did is on record as well: whoever measures next counts entries
        with gate.appliance.store.read() as connection:
            is_settled = not connection.execute(in_flight).scalar_one()
            if is_settled and journal.head(connection)[0] == gate.appliance.feed.last_seq:
                return path_ns, floor_ns
        never.wait(PULSE_S)


@contextmanager
def _running(root: Path, taps: int) -> Iterator[list[Gate]]:
    gates = [build(root / str(has_rules), has_rules=has_rules, taps=taps) for has_rules in (False, True)]
    try:
        yield gates
    finally:
        for gate in gates:
            gate.appliance.stop(PATIENCE_S)


def report(what: str, names: Sequence[str], times: dict[str, tuple[list[int], list[int]]]) -> bool:
    """Print what one kind of credential took; whether the target is met."""
    medians = []
    for name in names:
        path_ns, floor_ns = times[name]
        medians.append(percentile_ms(path_ns, 50))
        noise = percentile_ms(floor_ns, 95) / percentile_ms(floor_ns, 50)
        print(
            f"  {what}, {name:<13}: median {medians[-1]:.2f} ms, p95 {percentile_ms(path_ns, 95):.2f}, "
            f"{medians[-1] / percentile_ms(floor_ns, 50):.2f} times the floor ({percentile_ms(floor_ns, 50):.2f} ms; "
            f"p95 {noise:.1f} times it)"
        )
    ratio = medians[1] / medians[0]
    print(f"  {what}: every rule on takes {ratio:.2f} times the bare gate (target {MOST_TIMES_BARE})")
    return ratio <= MOST_TIMES_BARE


def main() -> int:
    """Measure both gates by turns; exit status 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--taps", type=int, default=50, help="in each of the rounds")
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="on the disk to be measured")
    given = parser.parse_args()
    tapped: dict[str, tuple[list[int], list[int]]] = {}
    shown: dict[str, tuple[list[int], list[int]]] = {}
    with tempfile.TemporaryDirectory(prefix="rules-", dir=given.directory) as name:
        floor = Floor(Path(name))
        with _running(Path(name), given.taps) as gates:
            for _ in range(ROUNDS):
                for gate in gates:
                    uids = [next(gate.uids) for _ in range(WARM_UP + given.taps)]
                    for kept, fresh in (
                        (tapped, measure(gate.appliance, floor, uids, given.taps)),
                        (shown, show(gate, floor, given.taps)),
                    ):
                        path_ns, floor_ns = kept.setdefault(gate.name, ([], []))
                        path_ns += fresh[0]
                        floor_ns += fresh[1]
            names = [gate.name for gate in gates]
        floor.close()
    return 0 if all([report("card", names, tapped), report("code", names, shown)]) else 1


if __name__ == "__main__":
    sys.exit(main())
