"""What the appliance holds in memory at rest: the demonstration's server, started, settled, with its first pages asked.

    python -m bench.memory

A process of its own as `script/server` starts it, every device simulated: two cameras, two decoders, readers, relays, a
printer. Read from Linux's `smaps_rollup`: Rss is all of it, Pss counts what is shared with other processes by share
(proc(5)). Each page is asked once, for templates and translations are loaded then. Exits with 1 when Rss is over the
target.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

MOST_MIB = 180.0
PAGES = ("/", "/panel/login", "/simulator/", "/api/v1/openapi.json", "/healthz", "/metrics")
SETTLED_S = 5.0
SEEN = ("Rss", "Pss", "Pss_Anon", "Private_Dirty")


def memory_mib(pid: int) -> dict[str, float]:
    """The process's memory by kind, in MiB."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    kib = {words[0].rstrip(":"): int(words[1]) for words in lines}
    return {name: kib[name] / 1024 for name in SEEN}


def ask(url: str, page: str) -> int:
    """Ask for a page; returns the status."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        connection.request("GET", page)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def serve_and_measure(data: Path) -> bool:
    """Print the memory of a server on `data`; returns whether it meets the target."""
    command = [sys.executable, "-m", "kiosk", "serve", "--demo", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            url = next(line.split()[1] for line in server.stdout if line.startswith("ready "))
            at_start = memory_mib(server.pid)
            asked = ", ".join(f"{page} {ask(url, page)}" for page in PAGES)
            threading.Event().wait(SETTLED_S)
            at_rest = memory_mib(server.pid)
            threads = len(list(Path(f"/proc/{server.pid}/task").iterdir()))
        finally:
            server.terminate()
    for when, memory in (("ready", at_start), ("at rest", at_rest)):
        print(f"  {when:<8} " + ", ".join(f"{name} {mib:.0f}" for name, mib in memory.items()) + " MiB")
    print(f"  {threads} threads; asked: {asked}")
    print(f"  {at_rest['Rss'] / MOST_MIB:.2f} of the target of {MOST_MIB:.0f} MiB")
    return at_rest["Rss"] <= MOST_MIB


def main() -> int:
    """Measure the first start, which seeds the estate, and the second."""
    is_well = True
    with tempfile.TemporaryDirectory(prefix="memory-") as directory:
        for start in ("first start", "second start"):
            print(start)
            is_well &= serve_and_measure(Path(directory) / "data")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
