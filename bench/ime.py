"""What a key of the Chinese keyboard costs at the server: two hundred names, at every key that is typed.

    python -m bench.ime [--rounds N]

Each name is typed from end to end and in words, by pinyin and by jyutping, and every character of it by strokes. Every
question is asked twice: of the input method alone, and as a request through the whole WSGI application. Both stand
beside a floor that is measured in between: one row read from the same file, and a request for keys that begin nothing.
The memory that it takes is measured in a process of its own, which has freed nothing that could be used again.

Exits with 1 when the 95th percentile of a request is over `LIMIT_MS`.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from flask.testing import FlaskClient

from bench.scan_to_open import percentile_ms
from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.demo.settings import demo_settings
from kiosk.services.ime.forms import TABLE_PATH, Place, Script, Way
from kiosk.services.ime.lookup import InputMethod
from tests.support.typist import keystrokes, people, strokes
from web import create_app

LIMIT_MS = 15.0
Question = tuple[str, Way, Script, Place]


def questions() -> Iterator[Question]:
    """Everything that is asked while all names are typed."""
    codes = strokes()
    for person in people():
        for way in (Way.PINYIN, Way.JYUTPING):
            for keys, place in keystrokes(person, way):
                yield keys, way, person.script, place
        for character in person.name:
            code = codes[character][0]
            for length in range(1, len(code) + 1):
                yield code[:length], Way.STROKE, person.script, Place.INSIDE


def timed_ns(work: Callable[[], object]) -> int:
    """How long something takes."""
    begun_ns = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - begun_ns


def private_kib() -> int:
    """Memory of this process that is its own: the pages of its libraries are shared or read again from the disk."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise AssertionError("this kernel tells nothing of its processes' memory")


def measure_memory_mib(asked: list[Question]) -> float:
    """What an input method that has answered everything holds of memory that is nobody else's."""
    gc.collect()
    before_kib = private_kib()
    method = InputMethod()
    for question in asked:
        method.candidates(*question)
    gc.collect()
    added_kib = private_kib() - before_kib
    method.close()
    return added_kib / 1024


def measure_lookup(asked: list[Question]) -> tuple[list[int], list[int]]:
    """Times of the input method alone and of its floor, in nanoseconds."""
    method = InputMethod()
    method.candidates("li", Way.PINYIN, Script.HANT, Place.START)
    path_ns, floor_ns = [], []
    with closing(sqlite3.connect(f"{TABLE_PATH.as_uri()}?immutable=1", uri=True)) as table:
        row = "SELECT at_start FROM keys WHERE way = 'pinyin' AND script = 'hant' AND key = 'li'"
        for question in asked:
            path_ns.append(timed_ns(lambda question=question: method.candidates(*question)))
            floor_ns.append(timed_ns(lambda: table.execute(row).fetchall()))
    method.close()
    return path_ns, floor_ns


def ask(client: FlaskClient, question: Question) -> None:
    """One request."""
    keys, way, script, place = question
    answer = client.get("/ime", query_string={"q": keys, "way": way, "script": script, "at": place})
    assert answer.status_code == 200, answer.text


def measure_requests(client: FlaskClient, asked: list[Question]) -> tuple[list[int], list[int]]:
    """Times of requests and of their floor, in nanoseconds."""
    nothing = ("vvv", Way.PINYIN, Script.HANT, Place.START)
    path_ns, floor_ns = [], []
    for question in asked:
        path_ns.append(timed_ns(lambda question=question: ask(client, question)))
        floor_ns.append(timed_ns(lambda: ask(client, nothing)))
    return path_ns, floor_ns


def report(what: str, path_ns: list[int], floor_ns: list[int]) -> float:
    """Print what one kind of question took; returns the 95th percentile in milliseconds."""
    p95, floor = percentile_ms(path_ns, 95), percentile_ms(floor_ns, 95)
    print(
        f"  {what:<9} {len(path_ns)} keys: median {percentile_ms(path_ns, 50):.2f} ms, p95 {p95:.2f}, "
        f"worst {max(path_ns) / 1e6:.2f}; p95 {p95 / floor:.1f} times the floor's ({floor:.3f} ms)"
    )
    return p95


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often all names are typed")
    rounds = parser.parse_args().rounds
    asked = list(questions())
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        added_mib = fresh.apply(measure_memory_mib, (asked,))
    asked *= rounds
    with tempfile.TemporaryDirectory(prefix="ime-") as directory:
        appliance = build_appliance(parse(demo_settings()), Path(directory), is_demo=True)
        client = create_app(appliance).test_client()
        assert client.get("/").status_code == 200
        first_ms = timed_ns(lambda: ask(client, asked[0])) / 1e6
        p95 = report("requests", *measure_requests(client, asked))
        appliance.input_method.close()
        appliance.store.close()
    report("look-ups", *measure_lookup(asked))
    print(f"  first     {first_ms:.1f} ms, with the table being opened")
    print(f"  memory    {added_mib:.1f} MiB more; table {TABLE_PATH.stat().st_size / 2**20:.1f} MiB on disk")
    print(f"p95 of a request {p95:.2f} ms (limit {LIMIT_MS:.0f})")
    return int(p95 > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
