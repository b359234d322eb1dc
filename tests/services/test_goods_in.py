"""The register of goods in: to the door, onto a shelf, before a guard, and out of it again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.domain.goods import CollectMethod, GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.goods.goods_queries import GoodsFilter
from tests.support.desk import open_desk

UNIT = "1-A-1-A"
PARCEL = NewGoods(UNIT, "順豐速運 SF Express", GoodsCategory.PARCEL, Handling.GATE, vehicle_plate="粤B 12345")
SOFA = NewGoods(UNIT, "Lalamove", GoodsCategory.FURNITURE, Handling.DOOR, carrier_name="陳師傅", pieces=2)
GAS = NewGoods(UNIT, "順豐速運 SF Express", GoodsCategory.OTHER, Handling.DOOR, description="兩個石油氣瓶")


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, goods={"shelves": 3}) as desk:
        yield desk


def _register(desk, new=PARCEL, **changes):
    wanted = {"source": GoodsSource.TOUCH, "actor": "touchscreen", "lane": "in"}
    return desk.goods.goods_in.register(new, **(wanted | changes))


def test_goods_to_the_door_are_a_visit_with_its_pass_and_an_opening(desk):
    registered = _register(desk, SOFA)
    assert registered.goods.state is GoodsState.TO_DOOR
    assert registered.sign_in is not None
    assert registered.sign_in.visit.state is VisitState.SIGNED_IN
    assert registered.sign_in.visit.visitor_name == "陳師傅"
    assert registered.sign_in.issued is not None
    assert [opening.lane for opening in desk.pulses] == ["in"]
    assert desk.goods.goods_queries.of_visit(registered.sign_in.visit.id) == registered.goods


def test_goods_left_at_the_gate_lie_on_a_shelf_and_open_nothing(desk):
    goods = _register(desk).goods
    assert (goods.state, goods.shelf) == (GoodsState.KEPT, "1")
    assert desk.pulses == []
    assert desk.goods.goods_queries.kept(UNIT) == [goods]


def test_shelves_are_filled_from_the_first_and_then_shared(desk):
    shelves = [_register(desk).goods.shelf for _ in range(4)]
    assert shelves == ["1", "2", "3", "1"]
    second = desk.goods.goods_queries.kept()[1]
    desk.goods.goods_in.collect(second.id, method=CollectMethod.DESK, by="user guard", actor="user guard")
    assert _register(desk).goods.shelf == "2"


def test_numbers_count_by_the_day_and_are_no_visits(desk):
    first, second = _register(desk).goods.number, _register(desk).goods.number
    assert first.startswith("G") and first.endswith("-001")  # noqa: PT018 - one number
    assert second.endswith("-002")


@pytest.mark.parametrize("new", [GAS, NewGoods(UNIT, "SF", GoodsCategory.DANGEROUS, Handling.GATE, description="?")])
def test_dangerous_goods_wait_for_a_guard_whatever_they_are_called(desk, new):
    goods = _register(desk, new).goods
    assert goods.state is GoodsState.WAITING
    assert goods.is_dangerous
    assert desk.pulses == []
    assert desk.goods.goods_queries.waiting() == [goods]


def test_a_guard_lets_dangerous_goods_in_with_a_note_only(desk):
    goods = _register(desk, GAS).goods
    with pytest.raises(Conflict) as refused:
        desk.goods.goods_in.let_in(goods.id, actor="user guard", note="")
    assert refused.value.code == "no-reason"
    let_in = desk.goods.goods_in.let_in(goods.id, actor="user guard", note="工程部陪同")
    assert let_in.goods.state is GoodsState.TO_DOOR
    assert let_in.goods.reason == "工程部陪同"
    assert let_in.goods.visit_id is not None
    assert len(desk.pulses) == 1


def test_a_guard_refuses_and_nobody_lets_in_afterwards(desk):
    goods = _register(desk, GAS).goods
    desk.goods.goods_in.refuse(goods.id, actor="user guard", reason="不可入內")
    with pytest.raises(Conflict) as refused:
        desk.goods.goods_in.let_in(goods.id, actor="user guard", note="工程部要求")
    assert refused.value.code == "goods-refused"
    assert desk.pulses == []


def test_kept_goods_are_collected_once_by_their_code(desk):
    goods = _register(desk).goods
    code = desk.goods.codes.collect_code(goods.id)
    wrong = "000000" if code != "000000" else "000001"
    with pytest.raises(Conflict) as refused:
        desk.goods.goods_in.collect_with_code(goods.id, wrong, actor="touchscreen")
    assert refused.value.code == "wrong-code"
    assert desk.goods.goods_queries.kept_with_code(code) == [goods]
    collected = desk.goods.goods_in.collect_with_code(goods.id, code, actor="touchscreen")
    assert (collected.state, collected.collect_method) == (GoodsState.COLLECTED, CollectMethod.CODE)
    with pytest.raises(Conflict) as refused:
        desk.goods.goods_in.collect_with_code(goods.id, code, actor="touchscreen")
    assert refused.value.code == "goods-collected"


def test_who_never_decided_about_goods_finds_them_cancelled_at_the_end_of_the_day(desk):
    goods = _register(desk, GAS).goods
    desk.clock.move(timedelta(hours=2))
    assert desk.goods.goods_in.cancel_abandoned(desk.clock.now()) == 1
    assert desk.goods.goods_queries.get(goods.id).state is GoodsState.CANCELLED


def test_every_field_at_fault_is_told_and_nothing_is_written(desk):
    bad = NewGoods("9-Z", " ", GoodsCategory.OTHER, Handling.GATE, phone="no", pieces=0)
    with pytest.raises(Invalid) as refused:
        _register(desk, bad)
    assert refused.value.fields == {
        "carrier": FieldProblem.REQUIRED,
        "description": FieldProblem.REQUIRED,
        "phone": FieldProblem.NOT_A_PHONE,
        "pieces": FieldProblem.OUT_OF_RANGE,
    }
    with pytest.raises(Invalid):
        _register(desk, NewGoods("9-Z", "SF", GoodsCategory.PARCEL, Handling.GATE))
    assert desk.goods.goods_queries.page(GoodsFilter(), before=None, limit=10).items == []


@pytest.mark.parametrize("query", ["順豐", "sf exp", "粤b123", UNIT.lower()])
def test_goods_are_found_by_carrier_plate_and_unit(desk, query):
    goods = _register(desk).goods
    _register(desk, NewGoods("1-B-1-A", "DHL", GoodsCategory.FOOD, Handling.GATE, vehicle_plate="AB 1234"))
    found = desk.goods.goods_queries.page(GoodsFilter(query=query), before=None, limit=10).items
    assert [one.id for one in found] == [goods.id]
    assert desk.goods.goods_queries.by_number(goods.number.lower()) == goods
