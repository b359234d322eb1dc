"""What open panels cost a gate, and how soon they show what happens there.

    python -m bench.panels [--panels N] [--taps N] [--every S] [--directory DIR]

One process serves the pages by waitress and opens the lane, as the appliance does; the panels are another, which asks
for what a panel's script asks for: the feed's stream, the shift's parts after each news, a picture of the lane every
second, alarms every five. Cards are tapped with and without panels in turns, so that a busy machine slows both, each
beside the floor of `bench.scan_to_open`. A line of the feed is late by the time from its commit to its arrival in the
panels' process. On two cores the panels themselves take from the gate's CPU; a guard's browser runs elsewhere.
Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.scan_to_open import PATIENCE_S, PULSE_S, Floor, measure, percentile_ms, prepare
from kiosk.appliance import Appliance
from kiosk.bootstrap import build_appliance
from kiosk.config import Settings, parse
from kiosk.domain.roles import Role
from web import create_app
from web.panel.blueprint import SESSION_COOKIE
from web.server import WebServer

ROUNDS = 3
MOST_LATE_MS = 200.0
MOST_RATIO = 1.2
"""Nothing measurable is more than the noise of two cores that serve the panels' process as well."""


def settings() -> Settings:
    """One lane with a reader, a relay and a camera."""
    simulated = {"driver": "simulated"}
    lane = {"direction": "in", "relay": simulated, "reader": simulated, "camera": simulated, "pulse_s": PULSE_S}
    return parse({"lanes": {"in": lane}})


class Arrivals:
    """When entries were committed, and when each panel had them."""

    def __init__(self, appliance: Appliance) -> None:
        self._committed_ns: dict[int, int] = {}
        self._arrived: list[tuple[int, int]] = []
        appliance.store.on_commit(self._note)

    def _note(self, seq: int) -> None:
        self._committed_ns[seq] = time.monotonic_ns()

    def arrive(self, line: str) -> None:
        """Take a line of the panels' process."""
        seq, at_ns = map(int, line.split())
        self._arrived.append((seq, at_ns))

    def late_ns(self) -> list[int]:
        """How late each was. An entry that another of the same commit follows is told with that one's number."""
        return [at_ns - self._committed_ns[seq] for seq, at_ns in self._arrived if seq in self._committed_ns]


@contextmanager
def panels(url: str, cookie: str, count: int, arrivals: Arrivals) -> Iterator[None]:
    """Keep panels open for a block."""
    command = [sys.executable, "-m", "bench.panel_clients", url, cookie, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "open":
            raise SystemExit("the panels did not open")

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                arrivals.arrive(line)

        reading = threading.Thread(target=read)
        reading.start()
        try:
            yield
        finally:
            process.terminate()
            reading.join()


def run(appliance: Appliance, floor: Floor, uids: list[str], given: argparse.Namespace) -> bool:
    """Measure in turns and report; returns whether the targets are met."""
    user = appliance.accounts.add_user("bench", Role.GUARD, "correct horse battery")
    cookie = f"{SESSION_COOKIE}={appliance.accounts.open_session(user)}"
    server = WebServer(create_app(appliance), "127.0.0.1", 0)
    serving = threading.Thread(target=server.run)
    serving.start()
    arrivals = Arrivals(appliance)
    alone: list[int] = []
    watched: list[int] = []
    floors: list[int] = []
    try:
        for _round in range(ROUNDS):
            path_ns, floor_ns = measure(appliance, floor, uids, given.taps, every_s=given.every)
            alone += path_ns
            floors += floor_ns
            with panels(server.url.rstrip("/"), cookie, given.panels, arrivals):
                path_ns, floor_ns = measure(appliance, floor, uids, given.taps, every_s=given.every)
            watched += path_ns
            floors += floor_ns
    finally:
        appliance.feed.close()
        server.stop()
        serving.join()
        server.close(PATIENCE_S)
    return report(alone, watched, floors, arrivals.late_ns(), given.panels)


def report(alone: list[int], watched: list[int], floors: list[int], late: list[int], count: int) -> bool:
    """Print what was measured; returns whether the targets are met."""
    for name, times_ns in (("floor", floors), ("no panel", alone), (f"{count} panels", watched), ("feed", late)):
        spread = ", ".join(f"p{percent} {percentile_ms(times_ns, percent):.2f}" for percent in (50, 95, 99))
        print(f"  {name:<10} ms: {spread}, most {max(times_ns) / 1e6:.2f} ({len(times_ns)})")
    ratio = statistics.median(watched) / statistics.median(alone)
    noise = percentile_ms(floors, 95) / percentile_ms(floors, 50)
    late_ms = percentile_ms(late, 95)
    print(f"  with panels {ratio:.2f} times without (target {MOST_RATIO}); the floor's p95 is {noise:.1f} its median")
    print(f"  a line is on the panels' wire after {late_ms:.1f} ms in 95 of 100 (target {MOST_LATE_MS:.0f})")
    return ratio <= MOST_RATIO and late_ms <= MOST_LATE_MS


def main() -> int:
    """Measure; exit status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panels", type=int, default=10)
    parser.add_argument("--taps", type=int, default=60)
    parser.add_argument("--every", type=float, default=0.2, help="seconds between two taps")
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="on the disk to be measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="panels-", dir=given.directory) as name:
        uids = prepare(Path(name) / "data", 1_000)
        appliance, floor = build_appliance(settings(), Path(name) / "data"), Floor(Path(name))
        appliance.start()
        try:
            assert appliance.supervisor.wait_until_settled(PATIENCE_S)
            return 0 if run(appliance, floor, uids, given) else 1
        finally:
            appliance.stop(PATIENCE_S)
            floor.close()


if __name__ == "__main__":
    sys.exit(main())
