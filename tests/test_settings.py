"""The settings: what a file leaves out, and every mistake in it told at once."""

from __future__ import annotations

import pytest

from kiosk.config import KindSettings, SettingsError, parse
from kiosk.demo.settings import demo_settings
from kiosk.domain.visits import Approval, VisitField, VisitKind


def _kinds(**kinds) -> dict[VisitKind, KindSettings]:
    return dict(parse(demo_settings() | {"visits": {"kinds": kinds}}).visits.kinds)


def _problems(**changes) -> list[str]:
    with pytest.raises(SettingsError) as error:
        parse(demo_settings() | changes)
    return error.value.problems


def test_what_a_kind_leaves_out_stays_its_own():
    usual = _kinds()
    for kind in VisitKind:
        changed = _kinds(**{kind.value: {"stay_h": 2.5}})
        assert changed.pop(kind) == usual[kind].model_copy(update={"stay_h": 2.5})
        assert changed == {other: usual[other] for other in VisitKind if other is not kind}


def test_the_fields_that_are_named_are_all_that_is_asked():
    contractor = _kinds(contractor={"asks": {"name": "required"}})[VisitKind.CONTRACTOR]
    assert contractor.asks == {VisitField.NAME: "required"}
    assert contractor.approval is Approval.GUARD


def test_every_problem_is_told_at_once():
    problems = _problems(
        server={"port": 0, "hots": ""},
        visits={"kinds": {"guest": {"photo": "maybe"}, "gest": {}, "other": 5}, "expire_overdue_at": 4},
        printer={"driver": "simulated", "job_ttl_s": float("inf")},
        touch={"lane": "west", "exit_lane": "in", "idle_s": float("nan")},
        estate={"timezone": "Asia/Hongkong City"},
    )
    led_by = {problem.split(": ")[0] for problem in problems}
    assert led_by == {
        "server.port", "server.hots", "visits.kinds.guest.photo", "visits.kinds.gest.[key]",
        "visits.kinds.other.settings", "visits.expire_overdue_at", "printer.job_ttl_s", "touch.lane", "touch.exit_lane",
        "touch.idle_s", "estate.timezone",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("touch", "problem"),
    [
        ({"lane": "west"}, "touch.lane: there is no lane 'west'"),
        ({"lane": "out"}, "touch.lane: the lane 'out' leads the other way (out)"),
        ({"exit_lane": "in"}, "touch.exit_lane: the lane 'in' leads the other way (in)"),
        ({"exit_lane": "west"}, "touch.exit_lane: there is no lane 'west'"),
    ],
)
def test_the_touchscreens_lanes_are_there_and_lead_the_right_way(touch, problem):
    assert _problems(touch=touch) == [problem]


def test_a_lane_without_a_relay_or_with_a_misspelt_driver_is_no_lane():
    lanes = demo_settings()["lanes"] | {"side": {"direction": "both", "reader": {"drvier": "pcsc"}}}
    assert {problem.split(": ")[0] for problem in _problems(lanes=lanes)} == {
        "lanes.side.relay", "lanes.side.reader.driver",
    }  # fmt: skip


def test_hosts_are_asked_only_where_their_telephones_reach_the_box():
    asked = {"kinds": {"guest": {"approval": "host"}}}
    (problem,) = _problems(visits=asked)
    assert problem.startswith("hosts.base_url: ")
    assert parse(demo_settings() | {"visits": asked, "hosts": {"base_url": "http://192.168.1.10:8080"}})
    assert [one.split(": ")[0] for one in _problems(hosts={"answer_within_s": 300})] == ["hosts.answer_within_s"]
    for address in ("192.168.1.10", "http://a b", "ftp://gate", "http://gate/"):
        assert [one.split(": ")[0] for one in _problems(hosts={"base_url": address})] == ["hosts.base_url"]


@pytest.mark.parametrize("document", [{}, {"lanes": {}}, {"lanes": 5}, {"lanes": {"in": 5}, "touch": 5}, {"visits": 5}])
def test_whatever_a_file_holds_is_refused_with_a_line_for_it(document):
    with pytest.raises(SettingsError) as error:
        parse(document)
    assert all(": " in problem for problem in error.value.problems)
