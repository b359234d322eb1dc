"""What visitors carry in and out again: the list, the guard's look at it, and who leaves without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.access import Code, Direction
from kiosk.domain.goods import MAX_CARRIED, CarriedItem, ItemCheck
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.admission import AtLane
from kiosk.services.qr_watch import QrPresented
from kiosk.services.visits import SignIn
from kiosk.store.journal import after
from tests.support.desk import UNIT, Desk, open_desk

TOOLS = [("梯", 2), (" Toolbox ", 1)]
ALL = {1: ItemCheck(2), 2: ItemCheck(1)}
GUARD = "user guard"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


def contractor(desk: Desk, **changes: object) -> SignIn:
    new = NewVisit(VisitKind.CONTRACTOR, UNIT, "李工程師", phone="91234567", purpose="lift")
    wanted = {"source": VisitSource.TOUCH, "actor": "touchscreen", "lane": "in", "carried": TOOLS}
    return desk.visits.sign_in(new, **(wanted | changes))  # type: ignore[arg-type]


def inside(desk: Desk) -> SignIn:
    return contractor(desk, approved_by=GUARD)


def told(desk: Desk, type_: str) -> list[dict[str, object]]:
    with desk.store.read() as connection:
        return [dict(entry.payload) for entry in after(connection, 0, 1000) if entry.type == type_]


def items(desk: Desk, visit_id: str) -> list[CarriedItem]:
    return desk.goods.carried.of_visit(visit_id)


def show(desk: Desk, signed: SignIn, lane: str = "out") -> Code:
    assert signed.issued is not None
    return desk.show(signed.issued.token, lane).decision.code


def test_a_list_comes_with_the_sign_in_and_grows_while_the_visit_lasts(desk: Desk) -> None:
    visit = contractor(desk).visit
    assert visit.state is VisitState.WAITING
    desk.goods.carried.list_items(visit.id, [("電鑽", 3)], actor=GUARD)
    desk.visits.approve(visit.id, actor=GUARD)
    listed = desk.goods.carried.list_items(visit.id, [("水泵", 1)], actor=GUARD)
    assert [(item.line, item.name, item.quantity, item.out) for item in listed] == [
        (1, "梯", 2, None), (2, "Toolbox", 1, None), (3, "電鑽", 3, None), (4, "水泵", 1, None),
    ]  # fmt: skip
    entries = told(desk, "carried.listed")
    assert [entry["lines"] for entry in entries] == [2, 1, 1]
    assert "梯" not in str(entries), "what somebody owns is nobody's business in the journal"


@pytest.mark.parametrize(
    ("listed", "fields"),
    [
        ([], {"carried": FieldProblem.REQUIRED}),
        ([(" ", 1)], {"carried.1.name": FieldProblem.REQUIRED}),
        ([("a", 1), ("b" * 61, 1)], {"carried.2.name": FieldProblem.TOO_LONG}),
        ([("a", 0)], {"carried.1.quantity": FieldProblem.OUT_OF_RANGE}),
        ([("a", 1000)], {"carried.1.quantity": FieldProblem.OUT_OF_RANGE}),
        ([("a\nb", 1)], {"carried.1.name": FieldProblem.NOT_ONE_LINE}),
        ([("a", 1)] * (MAX_CARRIED - 1), {"carried": FieldProblem.OUT_OF_RANGE}),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_whole(
    desk: Desk, listed: list[tuple[str, int]], fields: dict[str, FieldProblem]
) -> None:
    visit = inside(desk).visit
    with pytest.raises(Invalid) as refused:
        desk.goods.carried.list_items(visit.id, listed, actor=GUARD)
    assert refused.value.fields == fields
    assert len(items(desk, visit.id)) == len(TOOLS)


def test_a_sign_in_with_a_bad_list_signs_nobody_in(desk: Desk) -> None:
    with pytest.raises(Invalid):
        contractor(desk, carried=[("", 1)])
    assert desk.queries.waiting() == []


def test_nobody_lists_or_checks_what_has_left(desk: Desk) -> None:
    visit = inside(desk).visit
    desk.visits.sign_out(visit.id, actor=GUARD, seen=ALL)
    with pytest.raises(Conflict) as refused:
        desk.goods.carried.list_items(visit.id, TOOLS, actor=GUARD)
    assert refused.value.code == "visit-signed-out"
    with pytest.raises(Conflict) as refused:
        desk.goods.carried.check_out(visit.id, ALL, actor=GUARD)
    assert refused.value.code == "visit-signed-out"
    with pytest.raises(NotFound):
        desk.goods.carried.list_items("0" * 32, TOOLS, actor=GUARD)


def test_a_pass_leads_out_once_a_guard_has_looked(desk: Desk) -> None:
    signed = inside(desk)
    opened = len(desk.pulses)
    assert show(desk, signed) is Code.GOODS_UNCHECKED
    assert desk.queries.get(signed.visit.id).state is VisitState.SIGNED_IN
    assert told(desk, "access.refused")[-1]["visit"] == signed.visit.id
    desk.goods.carried.check_out(signed.visit.id, ALL, actor=GUARD)
    assert told(desk, "carried.checked") == [
        {"visit": signed.visit.id, "number": signed.visit.number, "complete": True}
    ]
    assert show(desk, signed) is Code.GRANTED
    assert len(desk.pulses) == opened, "a lane pulses for itself; nothing here opened twice"
    assert desk.queries.get(signed.visit.id).state is VisitState.SIGNED_OUT


def test_what_is_added_after_a_check_is_looked_at_too(desk: Desk) -> None:
    signed = inside(desk)
    desk.goods.carried.check_out(signed.visit.id, ALL, actor=GUARD)
    desk.goods.carried.list_items(signed.visit.id, [("水泵", 1)], actor=GUARD)
    assert show(desk, signed) is Code.GOODS_UNCHECKED
    desk.goods.carried.check_out(signed.visit.id, {3: ItemCheck(1)}, actor=GUARD)
    assert show(desk, signed) is Code.GRANTED


def test_a_lent_card_leads_out_no_sooner(desk: Desk) -> None:
    uid = "04A1B2C3D4E5F6"
    desk.cards.add(uid=uid, unit=UNIT, holder="Visitor 1", for_visits=True, actor=GUARD)
    signed = inside(desk)
    (card,) = desk.cards.lendable()
    desk.visits.lend_card(signed.visit.id, card.id, actor=GUARD)
    assert desk.tap(uid, "out").decision.code is Code.GOODS_UNCHECKED
    desk.goods.carried.check_out(signed.visit.id, ALL, actor=GUARD)
    assert desk.tap(uid, "out").decision.code is Code.GRANTED


def test_who_lists_nothing_is_asked_nothing(desk: Desk) -> None:
    signed = contractor(desk, approved_by=GUARD, carried=())
    assert show(desk, signed) is Code.GRANTED


def test_in_a_fire_nobody_is_asked_for_tools(desk: Desk) -> None:
    signed = inside(desk)
    assert signed.issued is not None
    admitted = desk.admission.present_code(AtLane("out", is_held_open=True), QrPresented(signed.issued.token, 0))
    assert (admitted.decision.code, admitted.decision.direction) == (Code.GRANTED, Direction.OUT)
    assert desk.queries.get(signed.visit.id).state is VisitState.SIGNED_OUT


def test_a_sign_out_asks_the_same_and_takes_the_look_along(desk: Desk) -> None:
    visit = inside(desk).visit
    opened = len(desk.pulses)
    with pytest.raises(Conflict) as refused:
        desk.visits.sign_out(visit.id, actor="touchscreen", lane="out")
    assert refused.value.code == "goods-unchecked"
    assert desk.queries.get(visit.id).state is VisitState.SIGNED_IN
    assert len(desk.pulses) == opened
    fewer = {1: ItemCheck(1, "一把留到明天"), 2: ItemCheck(1)}
    desk.visits.sign_out(visit.id, actor=GUARD, lane="out", seen=fewer)
    assert desk.queries.get(visit.id).state is VisitState.SIGNED_OUT
    assert [(item.out, item.note, item.checked_by) for item in items(desk, visit.id)] == [
        (1, "一把留到明天", GUARD), (1, "", GUARD),
    ]  # fmt: skip
    assert told(desk, "carried.checked")[-1]["complete"] is False
    assert len(desk.pulses) == opened + 1


@pytest.mark.parametrize(
    ("seen", "fields"),
    [
        ({1: ItemCheck(2)}, {"carried.2.out": FieldProblem.REQUIRED}),
        ({1: ItemCheck(3), 2: ItemCheck(1)}, {"carried.1.out": FieldProblem.OUT_OF_RANGE}),
        ({1: ItemCheck(-1), 2: ItemCheck(1)}, {"carried.1.out": FieldProblem.OUT_OF_RANGE}),
        ({1: ItemCheck(1, " "), 2: ItemCheck(1)}, {"carried.1.note": FieldProblem.REQUIRED}),
        ({1: ItemCheck(1, "x" * 201), 2: ItemCheck(1)}, {"carried.1.note": FieldProblem.TOO_LONG}),
    ],
)
def test_a_look_that_does_not_go_with_the_list_changes_nothing(
    desk: Desk, seen: dict[int, ItemCheck], fields: dict[str, FieldProblem]
) -> None:
    visit = inside(desk).visit
    with pytest.raises(Invalid) as refused:
        desk.visits.sign_out(visit.id, actor=GUARD, seen=seen)
    assert refused.value.fields == fields
    assert [item.out for item in items(desk, visit.id)] == [None, None]
    assert desk.queries.get(visit.id).state is VisitState.SIGNED_IN


def test_there_is_nothing_to_check_where_nothing_was_listed(desk: Desk) -> None:
    visit = contractor(desk, approved_by=GUARD, carried=()).visit
    with pytest.raises(Conflict) as refused:
        desk.goods.carried.check_out(visit.id, {}, actor=GUARD)
    assert refused.value.code == "nothing-listed"


def test_a_visit_that_expired_is_checked_all_the_same(desk: Desk) -> None:
    visit = inside(desk).visit
    ends_at = desk.queries.get(visit.id).ends_at
    assert ends_at is not None
    assert desk.visits.expire_overdue(ends_at) == 1
    assert all(item.is_there for item in desk.goods.carried.check_out(visit.id, ALL, actor=GUARD))
