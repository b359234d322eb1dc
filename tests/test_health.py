"""What monitoring is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from hardware.supervisor import DeviceCondition
from kiosk import appliance
from kiosk.domain.access import CredentialKind
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.services.lane import BEAT_S
from tests.support.appliance import TestGate, demo_appliance, document, wait_for
from tests.support.calendars import all_day, write_calendar
from web import create_app, health

SAMPLE = re.compile(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (\d+(?:\.\d+)?(?:e-\d+)?)')


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        yield gate


@pytest.fixture(scope="module")
def client(gate: TestGate) -> FlaskClient:
    return create_app(gate.appliance).test_client()


def device(answer: Any, name: str) -> dict[str, Any]:
    return next(one for one in answer.get_json()["devices"] if one["name"] == name)


def samples(client: FlaskClient) -> dict[str, float]:
    """The metrics by name and labels; every line has to be of the text format."""
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith("# "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def test_all_is_well(gate: TestGate, client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["status"] == "ok"
    assert body["journal_seq"] == gate.appliance.feed.last_seq > 0
    assert [(lane["name"], lane["alive"], lane["relay"]) for lane in body["lanes"]] == [
        ("in", True, "released"), ("out", True, "released")
    ]  # fmt: skip
    assert {one["condition"] for one in body["devices"]} == {"ready"}


def test_a_device_that_is_gone_degrades(gate: TestGate, client: FlaskClient) -> None:
    gate.reader("in").unplug()
    gate.wait_for_condition("in.reader", DeviceCondition.FAULT)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "degraded"
    told = device(answer, "in.reader")
    assert told["code"] == "unplugged"
    assert "unplugged" in told["sentence"]
    assert samples(client)['gatehouse_device_ready{device="in.reader",driver="simulated"}'] == 0
    gate.reader("in").replug()
    gate.wait_for_condition("in.reader", DeviceCondition.READY)
    assert client.get("/healthz").get_json()["status"] == "ok"


def test_metrics_count_and_name_nobody(gate: TestGate, client: FlaskClient) -> None:
    gate.appliance.visits.sign_in(
        NewVisit(VisitKind.GUEST, "1-A-1-A", "陳大文", phone="5550 1234", vehicle_plate="AB 1234"),
        source=VisitSource.TOUCH, actor="touchscreen", lane=None,
    )  # fmt: skip
    told = samples(client)
    assert told["gatehouse_visits_inside"] == 1
    assert told["gatehouse_visits_waiting"] == 0
    assert told['gatehouse_lane_alive{lane="in"}'] == 1
    assert told['gatehouse_relay_energised{lane="in"}'] == 0
    assert told["gatehouse_journal_seq"] == gate.appliance.feed.last_seq
    for path in ("/metrics", "/healthz"):
        text = client.get(path).get_data(as_text=True)
        assert not [secret for secret in ("陳大文", "5550", "AB 1234", "\\u9673") if secret in text]


def test_openings_are_told_with_their_times(gate: TestGate, client: FlaskClient) -> None:
    for took_ms in (4, 5, 90):
        gate.appliance.timings.note("in", CredentialKind.CARD, took_ms * 1_000_000)
    told = samples(client)
    name, of_cards = "gatehouse_opening_duration_seconds", 'lane="in",credential="card"'
    assert told[f'{name}{{{of_cards},quantile="0.5"}}'] == pytest.approx(0.005, rel=0.06)
    assert told[f'{name}{{{of_cards},quantile="0.95"}}'] == 0.09
    assert (told[f"{name}_count{{{of_cards}}}"], told[f"{name}_sum{{{of_cards}}}"]) == (3, 0.099)
    assert told[f"gatehouse_opening_longest_seconds{{{of_cards}}}"] == 0.09
    assert told[f'{name}_count{{lane="out",credential="pass"}}'] == 0
    assert f'{name}{{lane="out",credential="pass",quantile="0.5"}}' not in told
    assert told['gatehouse_opening_budget_seconds{lane="in"}'] == 0.3
    assert f"# TYPE {name} summary\n" in client.get("/metrics").text


def test_a_slow_day_is_a_warning_and_hides_nothing_else(gate: TestGate, client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["warnings"] == []
    for _ in range(20):
        gate.appliance.timings.note("out", CredentialKind.PASS, 400_000_000)
    body = client.get("/healthz").get_json()
    assert body["status"] == "ok"
    (warning,) = body["warnings"]
    assert "lane out is slow today" in warning
    (slow,) = [one for one in body["openings_today"] if one["over_budget"]]
    assert (slow["lane"], slow["credential"], slow["count"], slow["budget_ms"]) == ("out", "pass", 20, 300)
    assert samples(client)['gatehouse_opening_over_budget{lane="out",credential="pass"}'] == 1


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_only_this_machine_is_told(client: FlaskClient, path: str) -> None:
    answer = client.get(path, environ_overrides={"REMOTE_ADDR": "192.168.1.20"})
    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "forbidden"


def test_a_driver_that_cannot_be_used_is_a_clear_line(tmp_path: Path) -> None:
    settings = document()
    settings["lanes"]["out"]["reader"] = {"driver": "telepathy"}
    with demo_appliance(tmp_path, settings=settings) as gate:
        client = create_app(gate.appliance).test_client()
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.get_json()["status"] == "degraded"
        told = device(answer, "out.reader")
        assert told["condition"] == "misconfigured"
        assert "telepathy" in told["sentence"]
        assert "Correct the settings" in told["sentence"]


def test_a_dead_lane_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (appliance, health):
        monkeypatch.setattr(module, "ALIVE_WITHIN_S", 4 * BEAT_S)
    with demo_appliance(tmp_path) as gate:
        client = create_app(gate.appliance).test_client()
        gate.appliance.lanes.get("out").stop(10)
        answer = wait_for(lambda: answer if (answer := client.get("/healthz")).status_code == 503 else None, 60)
        assert answer.get_json()["status"] == "dead"
        assert [lane["alive"] for lane in answer.get_json()["lanes"]] == [True, False]
        assert samples(client)['gatehouse_lane_alive{lane="out"}'] == 0


def test_a_calendar_of_holidays_that_cannot_be_read_or_has_run_out_degrades(tmp_path: Path) -> None:
    path = tmp_path / "holidays.ics"
    with demo_appliance(tmp_path, settings=document(access={"holidays_file": str(path)})) as gate:
        client = create_app(gate.appliance).test_client()
        today = gate.appliance.hours.today(gate.appliance.clock.now())
        for events, condition, status in (
            ((), "unreadable", "degraded"),
            ((all_day("20200101"),), "run-out", "degraded"),
            ((all_day(f"{today.year}0101"), all_day(f"{today.year + 1}0101")), "ready", "ok"),
        ):
            if events:
                write_calendar(path, *events)
                gate.appliance.hours.reread()
            answer = client.get("/healthz").get_json()
            assert (answer["holidays"]["condition"], answer["status"]) == (condition, status)
            assert str(path) in answer["holidays"]["sentence"] or condition == "ready"
            assert samples(client)["gatehouse_holidays_ready"] == (condition == "ready")


def test_without_a_calendar_of_holidays_all_is_well(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["holidays"] == {
        "condition": "not-set", "days": 0, "last": None, "sentence": "No calendar of holidays is set.",
    }  # fmt: skip
