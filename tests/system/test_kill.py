"""Fifty power cuts under load: whatever was acknowledged is there afterwards, and no gate opens by itself.

The server is the real one, a process of its own, killed with SIGKILL at moments drawn from a seed. Clients keep a
ledger of what they were told; after each restart the disk is held against it.
"""

from __future__ import annotations

import http.client
import itertools
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.store import journal
from kiosk.store.database import open_for_reading
from tests.support.process import Answer, ServerProcess, demo_accounts, kiosk

KILLS = 50
KILLS_A_TEST = 10
SEED = 20_260_301
CUT_OFF = (OSError, http.client.HTTPException)


@dataclass
class Ledger:
    """What the clients were told, by all of them together."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    serial: Iterator[int] = field(default_factory=itertools.count)
    visits: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id: name, number, pass
    signed_out: set[str] = field(default_factory=set)
    asked_to_sign_out: set[str] = field(default_factory=set)  # cut off: either is right
    passes: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    asked_to_revoke: set[str] = field(default_factory=set)
    cards: dict[str, str] = field(default_factory=dict)  # UID by id
    openings: int = 0  # commands answered with "opened"
    keyed: dict[str, dict[str, Any]] = field(default_factory=dict)  # body by Idempotency-Key
    first_answers: dict[str, Any] = field(default_factory=dict)  # by Idempotency-Key, where one came

    def next(self) -> int:
        with self.lock:
            return next(self.serial)


class Estate:
    """A data directory that outlives its servers."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ledger = Ledger()
        self.random = random.Random(SEED)  # noqa: S311 - the same moments every time, as far as threads allow
        with closing(self.start()):
            self.key = demo_accounts(data)["api_key"]

    def start(self) -> ServerProcess:
        return ServerProcess("--demo", "--data", self.data).wait_until_ready()

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.data / "gatehouse.db")) as connection:
            return connection.execute(query).fetchall()


class Client:
    """Asks one thing after the other until the power goes."""

    def __init__(self, estate: Estate, server: ServerProcess, seed: int) -> None:
        self._estate = estate
        self._ledger = estate.ledger
        self._server = server
        self._random = random.Random(seed)  # noqa: S311 - see above
        self._deeds: list[Callable[[], None]] = [
            self.sign_in, self.sign_in, self.sign_in_with_key, self.sign_in_with_key, self.sign_out, self.issue_pass,
            self.revoke_pass, self.add_card, self.tap_card, self.tap_card, self.open_lane,
        ]  # fmt: skip

    def run(self) -> None:
        try:
            while True:
                self._random.choice(self._deeds)()
        except CUT_OFF:
            return

    def _ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self._server.request(method, f"/api/v1{path}", body, key=self._estate.key, headers=headers)

    def _visit(self) -> dict[str, Any]:
        lane = self._random.choice(["in", None])
        body = {"visitor_name": f"王 {self._ledger.next()}", "unit": "1-A-1-1", "kind": "delivery"}
        return body | ({"lane": lane} if lane else {})

    def sign_in(self) -> None:
        body = self._visit()
        answer = self._ask("POST", "/visits", body)
        assert answer.status == 201, answer
        note_visit(self._ledger, body, answer.json())

    def sign_in_with_key(self) -> None:
        key, body = f"key-{self._ledger.next()}", self._visit()
        with self._ledger.lock:
            self._ledger.keyed[key] = body
        answer = self._ask("POST", "/visits", body, **{"Idempotency-Key": key})
        assert answer.status == 201, answer
        note_visit(self._ledger, body, answer.json())
        with self._ledger.lock:
            self._ledger.first_answers[key] = answer.json()

    def sign_out(self) -> None:
        with self._ledger.lock:
            inside = [visit for visit in self._ledger.visits if visit not in self._ledger.asked_to_sign_out]
            if not inside:
                return
            visit = self._random.choice(inside)
            self._ledger.asked_to_sign_out.add(visit)
        answer = self._ask("POST", f"/visits/{visit}/sign-out")
        assert answer.status == 200, answer
        with self._ledger.lock:
            self._ledger.signed_out.add(visit)

    def issue_pass(self) -> None:
        now = datetime.now(UTC)
        body = {
            "unit": "1-A-1-2", "holder": f"李 {self._ledger.next()}",
            "not_before": now.isoformat(), "not_after": (now + timedelta(days=300)).isoformat(),
        }  # fmt: skip
        answer = self._ask("POST", "/passes", body)
        assert answer.status == 201, answer
        with self._ledger.lock:
            self._ledger.passes.add(answer.json()["id"])

    def revoke_pass(self) -> None:
        with self._ledger.lock:
            left = sorted(self._ledger.passes - self._ledger.asked_to_revoke)
            if not left:
                return
            chosen = self._random.choice(left)
            self._ledger.asked_to_revoke.add(chosen)
        assert self._ask("DELETE", f"/passes/{chosen}").status == 204
        with self._ledger.lock:
            self._ledger.revoked.add(chosen)

    def add_card(self) -> None:
        uid = f"04{self._ledger.next():012X}"
        answer = self._ask("POST", "/cards", {"uid": uid, "holder": "陳太", "unit": "1-A-1-3"})
        assert answer.status == 201, answer
        with self._ledger.lock:
            self._ledger.cards[answer.json()["id"]] = uid

    def tap_card(self) -> None:
        with self._ledger.lock:
            uids = list(self._ledger.cards.values())
        if uids:
            lane = self._random.choice(["in", "out"])
            answer = self._server.request("POST", f"/simulator/lanes/{lane}/card", {"uid": self._random.choice(uids)})
            assert answer.status == 202, answer

    def open_lane(self) -> None:
        answer = self._ask("POST", "/lanes/out/open", {"reason": "load"})
        assert answer.status in {200, 409, 503}, answer  # 409: late, 503: the gate has too many pulses before it
        if answer.status == 200:
            with self._ledger.lock:
                self._ledger.openings += 1


def note_visit(ledger: Ledger, body: dict[str, Any], answer: Any) -> None:
    assert answer["state"] == "signed_in"
    with ledger.lock:
        ledger.visits[answer["id"]] = {
            "name": body["visitor_name"], "number": answer["number"], "pass": answer["pass"]["id"]
        }  # fmt: skip


@pytest.fixture(scope="module")
def estate(tmp_path_factory) -> Estate:
    return Estate(tmp_path_factory.mktemp("killed") / "data")


@pytest.mark.parametrize("first", range(0, KILLS, KILLS_A_TEST), ids=lambda first: f"kill-{first + 1}-and-on")
def test_what_was_acknowledged_survives_power_cuts(estate: Estate, first: int) -> None:  # noqa: ARG001 - names the part
    for _ in range(KILLS_A_TEST):
        server = estate.start()
        try:
            _check_nothing_opens_by_itself(estate, server)
            _check_repeats(estate, server)
            _cut_the_power_under_load(estate, server)
        finally:
            server.close()
        if estate.random.random() < 0.2:
            _cut_the_power_during_start(estate)
        _check_disk(estate)
    verified = kiosk("verify-journal", "--data", estate.data)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_api_tells_every_visit_that_it_acknowledged(estate: Estate) -> None:
    """Last, over the server's own pages: the same that the disk says."""
    ledger = estate.ledger
    assert len(ledger.visits) > KILLS
    assert ledger.signed_out
    assert ledger.openings
    with closing(estate.start()) as server:
        _check_nothing_opens_by_itself(estate, server)
        _check_repeats(estate, server)
        told = _all_visits(server, estate.key)
    for visit, known in ledger.visits.items():
        assert (told[visit]["number"], told[visit]["visitor_name"]) == (known["number"], known["name"])
        assert told[visit]["state"] in _right_states(ledger, visit)


def _cut_the_power_under_load(estate: Estate, server: ServerProcess) -> None:
    clients = [Client(estate, server, estate.random.getrandbits(32)) for _ in range(4)]
    failures: list[BaseException] = []

    def work(client: Client) -> None:
        try:
            client.run()
        except BaseException as failure:  # noqa: BLE001 - told in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    threading.Event().wait(estate.random.uniform(0.05, 0.7))
    server.kill()
    for thread in threads:
        thread.join()
    assert failures == []


def _cut_the_power_during_start(estate: Estate) -> None:
    server = ServerProcess("--demo", "--data", estate.data)
    threading.Event().wait(estate.random.uniform(0.3, 1.3))
    server.kill()


def _check_disk(estate: Estate) -> None:
    """What the power cut left, before anything was started again."""
    ledger = estate.ledger
    engine = open_for_reading(estate.data)
    with engine.connect() as connection:
        assert journal.verify(connection).bad_seq is None
    engine.dispose()
    visits = {row[0]: row[1:] for row in estate.rows("SELECT id, number, state, visitor_name, pass_id FROM visits")}
    for visit, known in ledger.visits.items():
        number, state, name, pass_id = visits[visit]
        assert (number, name, pass_id) == (known["number"], known["name"], known["pass"])
        assert state in _right_states(ledger, visit)
    numbers = [row[0] for row in visits.values()]
    assert len(numbers) == len(set(numbers))
    passes = dict(estate.rows("SELECT id, state FROM passes"))
    assert ledger.passes <= passes.keys()
    assert {passes[visit["pass"]] for visit in ledger.visits.values()} <= {"active"}
    assert {passes[one] for one in ledger.revoked} <= {"revoked"}
    assert {passes[one] for one in ledger.passes - ledger.asked_to_revoke} <= {"active"}
    assert ledger.cards.items() <= dict(estate.rows("SELECT id, uid FROM cards")).items()
    # Each visit with its entry in the journal, each acknowledged opening with the outcome that was told.
    recorded = {row[0] for row in estate.rows(
        "SELECT json_extract(payload, '$.visit') FROM journal WHERE type = 'visit.signed_in'"
    )}  # fmt: skip
    assert {visit for visit, row in visits.items() if row[1] in {"signed_in", "signed_out"}} <= recorded
    opened = estate.rows("SELECT count(*) FROM openings WHERE cause = 'command' AND outcome = 'opened'")
    assert opened[0][0] >= ledger.openings


def _check_nothing_opens_by_itself(estate: Estate, server: ServerProcess) -> None:
    for lane in ("in", "out"):
        gate = server.request("GET", f"/simulator/lanes/{lane}/gate").json()
        assert (gate["relay"], gate["pulses"]) == ("released", [])
    assert estate.rows("SELECT count(*) FROM openings WHERE outcome IS NULL") == [(0,)]


def _check_repeats(estate: Estate, server: ServerProcess) -> None:
    """Whoever was cut off asks again with the same key: one visit, however far the first request had come."""
    ledger = estate.ledger
    unanswered = [key for key in ledger.keyed if key not in ledger.first_answers]
    answered = estate.random.sample(sorted(ledger.first_answers), min(3, len(ledger.first_answers)))
    for key in [*unanswered, *answered]:
        body = ledger.keyed[key]
        answers = [
            server.request("POST", "/api/v1/visits", body, key=estate.key, headers={"Idempotency-Key": key})
            for _ in range(2)
        ]
        assert [answer.status for answer in answers] == [201, 201]
        assert answers[1].headers["Idempotency-Replayed"] == "true"
        told = [answer.json() for answer in answers]
        assert told[0] == told[1] == ledger.first_answers.setdefault(key, told[0])
        note_visit(ledger, body, told[0])
    names = [ledger.keyed[key]["visitor_name"] for key in unanswered]
    found = [name for (name,) in estate.rows("SELECT visitor_name FROM visits") if name in names]
    assert sorted(found) == sorted(names)


def _right_states(ledger: Ledger, visit: str) -> set[str]:
    if visit in ledger.signed_out:
        return {"signed_out"}
    return {"signed_in", "signed_out"} if visit in ledger.asked_to_sign_out else {"signed_in"}


def _all_visits(server: ServerProcess, key: str) -> dict[str, Any]:
    visits: dict[str, Any] = {}
    cursor = ""
    while True:
        page = server.request("GET", f"/api/v1/visits?limit=100{f'&cursor={cursor}' if cursor else ''}", key=key).json()
        visits |= {visit["id"]: visit for visit in page["items"]}
        if page["next"] is None:
            return visits
        cursor = page["next"]
