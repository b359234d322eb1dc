"""Arbitrary JSON to everything that takes a body: never a crash, and no change where it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.program import Program, done_by_program, error_of
from tests.support.appliance import TestGate

texts = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
"""Any code points, lone surrogates and controls too."""

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
times = st.sampled_from(
    ["2026-03-01T09:00:00Z", "2098-12-31T23:59:59.999999999+14:00", "2099-01-01T00:00:00-23:59", "2026-03-01 09:00Z"]
)


def some_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Bodies near to right ones: each field right, wrong or missing, and now and then another beside them."""
    near = {name: strategy | values for name, strategy in fields.items()}
    return st.fixed_dictionaries({}, optional=near | {"more": values}) | values


names = st.sampled_from(["陳大文", "A"]) | texts
units = st.just("1-A-1-A") | texts
clocks = st.sampled_from(["00:00", "08:30", "12:00", "24:00", "24:01", "8:30"]) | texts
weeks = st.dictionaries(
    st.sampled_from(["mon", "sun", "holiday"]) | texts,
    st.lists(st.fixed_dictionaries({"begins": clocks, "ends": clocks}), max_size=4),
    max_size=3,
)

BODIES = {
    ("POST", "/visits"): some_of(
        visitor_name=names, unit=units, kind=st.sampled_from(["guest", "other"]), phone=texts, companions=st.integers(),
        vehicle_plate=texts, purpose=texts, lane=texts,
    ),
    ("POST", "/visits/none/sign-out"): values,
    ("POST", "/passes"): some_of(
        unit=units, holder=names, not_before=times, not_after=times, uses=st.integers(),
        lanes=st.lists(texts, max_size=3), kind=st.sampled_from(["single", "day", "recurring", "multi", "visit"]),
        weekly=st.dictionaries(
            st.sampled_from(["mon", "sun", "holiday"]) | texts,
            st.lists(st.sampled_from(["09:00-12:00", "11:00-24:00", "12:00-09:00"]) | texts, max_size=4), max_size=3,
        ),
    ),
    ("POST", "/revocations"): some_of(
        items=st.lists(st.fixed_dictionaries({"id": st.just("a" * 32) | texts, "not_after": times}), max_size=3)
    ),
    ("POST", "/cards"): some_of(
        uid=st.binary(max_size=12).map(bytes.hex), holder=names, unit=units, valid_from=times, valid_to=times
    ),
    ("PATCH", "/cards/none"): some_of(state=st.sampled_from(["active", "lost"])),
    ("POST", "/blocklist"): some_of(name=names, phone=texts, vehicle_plate=texts, reason=texts, ends_at=times),
    ("PATCH", "/blocklist/none"): some_of(name=names, reason=texts, ends_at=st.none() | times),
    ("POST", "/alarms/none/acknowledge"): some_of(note=texts),
    ("POST", "/webhooks"): some_of(
        url=st.just("https://office.example/") | st.builds("https://{}/{}".format, texts, texts),
        events=st.lists(st.just("goods.released") | texts, max_size=3), secret=texts,
        include=st.lists(st.just("visitor"), max_size=2),
    ),
    ("POST", "/time-profiles"): some_of(name=texts, days=weeks),
    ("PUT", "/time-profiles/none"): some_of(name=texts, days=weeks),
    ("POST", "/lanes/in/open"): some_of(reason=st.just(""), deadline=times),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_any_json_is_answered_and_what_is_refused_changes_nothing(
    program: Program, gate: TestGate, method: str, path: str
) -> None:
    @settings(
        max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(body=BODIES[method, path], raw=st.booleans())
    def ask(body: Any, raw: bool) -> None:  # noqa: FBT001 - hypothesis hands it in
        before = gate.appliance.feed.last_seq
        sent = json.dumps(body, ensure_ascii=not raw).encode("utf-8", "surrogatepass")
        answer = program.call(method, path, data=sent, content_type="application/json")
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            error_of(answer)
            assert done_by_program(gate, before) == []
        else:
            answer.get_data().decode("utf-8")

    ask()


@pytest.mark.parametrize("path", ["/visits", "/units", "/journal", "/lanes", "/alarms", "/passes", "/revocations"])
def test_any_query_is_answered(program: Program, path: str) -> None:
    parameters = st.sampled_from(["state", "q", "unit", "since", "limit", "cursor", "after", "x"])
    any_text = st.text(max_size=30) | st.integers().map(str) | times

    @settings(max_examples=120, deadline=None, derandomize=True, database=None)
    @given(query=st.dictionaries(parameters, any_text, max_size=4))
    def ask(query: dict[str, str]) -> None:
        answer = program.get(path, **query)
        assert answer.status_code in {200, 422}, answer.text

    ask()
