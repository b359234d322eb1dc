"""Tools that visitors carry in and out again, at the panel: listed, checked, and asked for at every sign-out."""

from __future__ import annotations

import pytest

from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource, VisitState
from tests.panel.conftest import UNIT
from tests.panel.guard import Guard
from tests.support.appliance import TestGate

DUE = "Tools to be checked before leaving"


@pytest.fixture
def visit(gate: TestGate) -> Visit:
    """A contractor inside, with two ladders and a drill."""
    new = NewVisit(VisitKind.CONTRACTOR, UNIT, "李工程師", phone="9123 4567", purpose="lift")
    return gate.appliance.visits.sign_in(
        new, source=VisitSource.TOUCH, actor="touchscreen", lane=None, approved_by="user guard",
        carried=[("梯 <b>", 2), ("電鑽", 1)],
    ).visit  # fmt: skip


def page_of(visit: Visit) -> str:
    return f"/panel/visits/{visit.id}"


def state(gate: TestGate, visit: Visit) -> VisitState:
    return gate.appliance.visit_queries.get(visit.id).state


def seen(gate: TestGate, visit: Visit) -> list[tuple[int | None, str]]:
    return [(item.out, item.note) for item in gate.appliance.goods.carried.of_visit(visit.id)]


def test_a_pass_held_up_with_tools_is_told_to_the_guard_and_explained(
    gate: TestGate, guard: Guard, visit: Visit
) -> None:
    token = gate.appliance.visit_queries.token_of(visit)
    assert token
    gate.hold_up(token, "out")
    refused = gate.wait_for_entry("access.refused", code="goods-unchecked", visit=visit.id)
    feed = guard.get("/panel/").text
    line = feed[feed.index(f'id="line-{refused.seq}"') :]
    assert "Tools carried in have not been checked" in line
    assert f'href="{page_of(visit)}"' in line
    why = guard.get(f"/panel/decisions/{refused.seq}").text
    assert "Not checked on the way out" in why
    page = guard.get(page_of(visit)).text
    assert DUE in page
    assert "梯 &lt;b&gt;" in page


def test_all_there_in_one_touch_signs_out_and_opens(gate: TestGate, guard: Guard, visit: Visit) -> None:
    opened = len(gate.relay("out").pulses)
    guard.post(f"{page_of(visit)}/sign-out", checks="1", all="1", lane="out")
    gate.wait_for_pulses(opened + 1, "out")
    assert state(gate, visit) is VisitState.SIGNED_OUT
    assert seen(gate, visit) == [(2, ""), (1, "")]
    page = guard.get(page_of(visit)).text
    assert DUE not in page
    assert page.count("Went out") == 2


def test_all_there_without_signing_out_leaves_the_rest_to_the_pass(gate: TestGate, guard: Guard, visit: Visit) -> None:
    guard.post(f"{page_of(visit)}/check-carried", checks="1", all="1")
    assert state(gate, visit) is VisitState.SIGNED_IN
    assert DUE not in guard.get(page_of(visit)).text
    guard.post(f"{page_of(visit)}/sign-out")
    assert state(gate, visit) is VisitState.SIGNED_OUT


def test_fewer_need_a_word_and_are_told(gate: TestGate, guard: Guard, visit: Visit) -> None:
    ticked = {"checks": "1", "there-2": "1", "out-1": "1"}
    answer = guard.post(f"{page_of(visit)}/sign-out", **ticked)
    assert (answer.status_code, "why it is fewer" in answer.text) == (422, True)
    assert (state(gate, visit), seen(gate, visit)) == (VisitState.SIGNED_IN, [(None, ""), (None, "")])
    guard.post(f"{page_of(visit)}/sign-out", **ticked, **{"note-1": "留到明天"})
    assert seen(gate, visit) == [(1, "留到明天"), (1, "")]
    page = guard.get(page_of(visit)).text
    assert "1 of 2 went out" in page
    assert "留到明天" in page


def test_no_sign_out_goes_round_the_list(gate: TestGate, guard: Guard, visit: Visit) -> None:
    answer = guard.post(f"{page_of(visit)}/sign-out", lane="out")
    assert (answer.status_code, "Please check them" in answer.text) == (409, True)
    answer = guard.post(f"{page_of(visit)}/sign-out", checks="1")
    assert answer.status_code == 422
    assert state(gate, visit) is VisitState.SIGNED_IN


def test_a_guard_lists_what_was_forgotten(gate: TestGate, guard: Guard, visit: Visit) -> None:
    guard.post(f"{page_of(visit)}/carried", name="水泵", quantity="4")
    assert guard.post(f"{page_of(visit)}/carried", name="", quantity="1").status_code == 422
    assert guard.post(f"{page_of(visit)}/carried", name="x", quantity="none").status_code == 422
    items = gate.appliance.goods.carried.of_visit(visit.id)
    assert [(item.name, item.quantity) for item in items] == [("梯 <b>", 2), ("電鑽", 1), ("水泵", 4)]
