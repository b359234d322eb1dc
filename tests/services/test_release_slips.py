"""Release slips: whose word they need, and what leaves on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from kiosk.domain.ids import new_id
from kiosk.domain.slips import (
    ApprovalMethod,
    MismatchCode,
    MovementKind,
    NewItem,
    NewSlip,
    Requester,
    SlipKind,
    SlipSource,
    SlipState,
    items_digest,
)
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.goods.slip_queries import SlipFilter
from kiosk.services.goods.slip_release import Load, Mismatched
from kiosk.services.goods.slips import Word
from kiosk.services.resident_links import NewLink
from kiosk.store.tables import cards
from tests.support.desk import SetClock, open_desk

UNIT = "1-A-1-A"
NOON = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
"""A Tuesday, 12:00 at the estate: the front desk is open."""

MIDNIGHT = NOON + timedelta(hours=12)


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, clock=SetClock(NOON)) as desk:
        yield desk


def _new(**changes):
    wanted = {
        "kind": SlipKind.HOUSEHOLD,
        "requester": Requester.OWNER,
        "requested_by": "李太",
        "unit": UNIT,
        "items": (NewItem("梳化", 2, "張"), NewItem("電視機", 1, returnable_until=NOON + timedelta(days=3))),
        "not_before": NOON - timedelta(hours=12),
        "not_after": NOON + timedelta(hours=24),
        "carrier": "GoGoVan",
        "vehicle_plate": "AB 1234",
        "taken_by": "何先生",
    }
    return NewSlip(**(wanted | changes))


def _request(desk, **changes):
    return desk.goods.slips.request(_new(**changes), source=SlipSource.DESK, actor="user desk")


def _link(desk, *, unit=UNIT, is_owner):
    return desk.links.make(NewLink(unit, "電話", is_owner=is_owner), actor="user desk")[0]


def _card(desk, *, unit=UNIT, is_owner=True):
    card_id = new_id(desk.clock.now())
    with desk.store.write() as transaction:
        transaction.connection.execute(
            insert(cards),
            {"id": card_id, "uid": card_id[-8:].upper(), "holder": "李太", "unit": unit, "state": "active",
             "is_owner": is_owner, "created_at": transaction.now},
        )  # fmt: skip
    return card_id


def _approved(desk, **changes):
    slip = _request(desk, **changes)
    return desk.goods.slips.approve_by_link(slip.id, _link(desk, is_owner=True))


def _release(desk, slip, lines, *, plate="ab-1234", lane="out"):
    return desk.goods.release.release(slip.id, Load(lane, lines, plate), actor="user guard")


def test_a_slip_has_its_number_at_once_and_nothing_leaves_without_the_owners_word(desk):
    slip = _request(desk)
    assert slip.number == "R2026-00001"
    assert _request(desk).number == "R2026-00002"
    with pytest.raises(Conflict) as refused:
        _release(desk, slip, {1: 1})
    assert refused.value.code == "slip-requested"
    assert desk.pulses == []


def test_the_owners_link_approves_exactly_these_items(desk):
    slip = _approved(desk)
    assert slip.state is SlipState.APPROVED
    assert slip.approval_method is ApprovalMethod.OWNER_LINK
    assert slip.approved_digest == items_digest(slip.number, slip.items)


@pytest.mark.parametrize(("unit", "is_owner"), [(UNIT, False), ("1-B-1-A", True)])
def test_neither_a_tenants_link_nor_another_units_approves(desk, unit, is_owner):
    slip = _request(desk, requester=Requester.TENANT)
    with pytest.raises(Conflict) as refused:
        desk.goods.slips.approve_by_link(slip.id, _link(desk, unit=unit, is_owner=is_owner))
    assert refused.value.code == "not-the-owner"
    with pytest.raises(Conflict) as refused:
        desk.goods.slips.approve_by_card(slip.id, _card(desk, unit=unit, is_owner=is_owner), actor="user desk")
    assert refused.value.code == "not-the-owner"
    assert desk.goods.slip_queries.get(slip.id).state is SlipState.REQUESTED


def test_an_owner_asks_and_approves_in_one_breath_and_who_is_none_asks_for_nothing(desk):
    slip = desk.goods.slips.request_by_owner(_new(), _link(desk, is_owner=True))
    assert (slip.state, slip.source) == (SlipState.APPROVED, SlipSource.LINK)
    for new, is_owner in ((_new(), False), (_new(kind=SlipKind.MOVING), True)):
        with pytest.raises(Conflict):
            desk.goods.slips.request_by_owner(new, _link(desk, is_owner=is_owner))
    assert desk.goods.slip_queries.open() == [slip]
    assert _request(desk).number == "R2026-00002"


def test_the_owners_card_at_the_desk_signs(desk):
    card = _card(desk)
    slip = desk.goods.slips.approve_by_card(_request(desk).id, card, actor="user desk")
    assert (slip.approval_method, slip.approved_by) == (ApprovalMethod.OWNER_CARD, f"card {card}")


def test_who_moves_out_owes_nothing_first(desk):
    slip = _request(desk, kind=SlipKind.MOVING)
    link = _link(desk, is_owner=True)
    with pytest.raises(Conflict) as refused:
        desk.goods.slips.approve_by_link(slip.id, link)
    assert refused.value.code == "arrears-not-cleared"
    desk.goods.slips.clear_arrears(slip.id, actor="user desk")
    assert desk.goods.slips.approve_by_link(slip.id, link).state is SlipState.APPROVED


def test_a_written_authority_is_kept_and_needed(desk):
    slip = _request(desk, requester=Requester.AGENT)
    word = Word(ApprovalMethod.WRITTEN_AUTHORITY, "user desk", "user desk")
    with pytest.raises(Conflict) as refused:
        desk.goods.slips.approve(slip.id, word)
    assert refused.value.code == "no-authority"
    word = Word(ApprovalMethod.WRITTEN_AUTHORITY, "user desk", "user desk", authority=b"jpeg")
    slip = desk.goods.slips.approve(slip.id, word)
    assert desk.photos.jpeg(slip.authority_photo_id) == b"jpeg"


def test_a_department_has_its_slip_signed_by_a_supervisor_and_by_nobody_else(desk):
    department = "工程部 Works"
    slip = _request(desk, kind=SlipKind.DEPARTMENT, requester=Requester.DEPARTMENT, unit="", department=department)
    assert desk.goods.slips.methods_for(slip, NOON) == {ApprovalMethod.SUPERVISOR}
    word = Word(ApprovalMethod.SUPERVISOR, "user boss", "user boss")
    assert desk.goods.slips.approve(slip.id, word).state is SlipState.APPROVED


def test_the_area_supervisor_approves_only_while_the_desk_is_closed_and_for_no_tenant(desk):
    slip, tenants = _request(desk), _request(desk, requester=Requester.TENANT)
    word = Word(ApprovalMethod.OUT_OF_HOURS, "user boss", "user boss", reason="業主來電")
    with pytest.raises(Conflict) as refused:
        desk.goods.slips.approve(slip.id, word)
    assert refused.value.code == "method-not-allowed-for-slip"
    desk.clock.set(MIDNIGHT)
    assert desk.goods.slips.approve(slip.id, word).is_out_of_hours
    with pytest.raises(Conflict):
        desk.goods.slips.approve(tenants.id, word)


def test_goods_leave_in_several_trips_until_nothing_is_left(desk):
    slip = _approved(desk)
    first = _release(desk, slip, {1: 1})
    assert [item.balance for item in first.slip.items] == [1, 1]
    assert first.slip.is_partly_released
    last = _release(desk, slip, {1: 1, 2: 1})
    assert last.slip.state is SlipState.RELEASED
    assert [opening.lane for opening in desk.pulses] == ["out", "out"]
    assert [trip.lines for trip in desk.goods.slip_queries.trips(slip.id)] == [{1: 1}, {1: 1, 2: 1}]


@pytest.mark.parametrize(
    ("lines", "plate", "code"),
    [
        ({1: 3}, "AB1234", MismatchCode.OVER_BALANCE),
        ({7: 1}, "AB1234", MismatchCode.UNKNOWN_ITEM),
        ({1: 1}, "XX 1", MismatchCode.OTHER_PLATE),
        ({1: 1}, "", MismatchCode.OTHER_PLATE),
        ({1: 0}, "AB1234", MismatchCode.NOTHING),
    ],
)
def test_whatever_differs_from_the_slip_stays_and_is_on_record(desk, lines, plate, code):
    slip = _approved(desk)
    with pytest.raises(Mismatched) as refused:
        _release(desk, slip, lines, plate=plate)
    assert [found.code for found in refused.value.found] == [code]
    assert desk.pulses == []
    assert desk.goods.slip_queries.get(slip.id) == slip


def test_nothing_of_a_line_is_no_difference_whatever_line_it_is(desk):
    assert _release(desk, _approved(desk), {1: 1, 7: 0}).slip.is_partly_released


def test_another_day_is_another_slip(desk):
    slip = _approved(desk)
    desk.clock.set(slip.not_after)
    with pytest.raises(Mismatched) as refused:
        _release(desk, slip, {1: 1})
    assert [found.code for found in refused.value.found] == [MismatchCode.OTHER_DAY]
    assert desk.goods.slips.lapse_overdue() == 1
    assert desk.goods.slips.lapse_overdue() == 0
    assert desk.goods.slip_queries.get(slip.id).state is SlipState.LAPSED


def test_a_reissued_slip_takes_the_place_of_the_old_one_which_opens_nothing(desk):
    old = _approved(desk)
    desk.goods.slips.ask_reissue(old.id, actor="user guard", lane="out")
    assert [slip.id for slip in desk.goods.slip_queries.reissue_asked()] == [old.id]
    new = desk.goods.slips.reissue(old.id, _new(vehicle_plate="CD 5678"), source=SlipSource.DESK, actor="user desk")
    old = desk.goods.slip_queries.get(old.id)
    assert (old.state, old.replaced_by_id, new.replaces_id) == (SlipState.VOID, new.id, old.id)
    assert new.state is SlipState.REQUESTED
    with pytest.raises(Conflict) as refused:
        _release(desk, old, {1: 1})
    assert refused.value.code == "slip-void"
    assert desk.goods.slip_queries.reissue_asked() == []


def test_lost_pieces_are_accounted_for_with_a_reason(desk):
    slip = _approved(desk)
    with pytest.raises(Invalid):
        desk.goods.release.note_lost(slip.id, 1, 3, kind=MovementKind.LOST, reason="找不到", actor="user guard")
    desk.goods.release.note_lost(slip.id, 1, 2, kind=MovementKind.DAMAGED, reason="破損", actor="user guard")
    assert _release(desk, slip, {2: 1}).slip.state is SlipState.RELEASED


def test_what_is_to_come_back_is_told_late_once_and_until_it_has(desk):
    slip = _approved(desk)
    _release(desk, slip, {1: 2, 2: 1})
    assert desk.goods.release.tell_late() == 0
    desk.clock.move(timedelta(days=4))
    assert (desk.goods.release.tell_late(), desk.goods.release.tell_late()) == (1, 0)
    assert [late.id for late in desk.goods.slip_queries.late()] == [slip.id]
    desk.goods.release.take_back(slip.id, 2, 1, actor="user guard")
    assert desk.goods.slip_queries.late() == []
    with pytest.raises(Invalid):
        desk.goods.release.take_back(slip.id, 2, 1, actor="user guard")


def test_only_this_boxs_token_names_a_slip(desk):
    slip = _request(desk)
    token = desk.goods.slip_queries.token_of(slip)
    assert desk.goods.slip_queries.by_token(token.lower()) == slip
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert desk.goods.slip_queries.by_token(forged) is None


def test_every_field_at_fault_is_told_and_no_number_is_spent(desk):
    with pytest.raises(Invalid) as refused:
        _request(desk, requested_by="", items=(NewItem("", 0),), not_after=NOON - timedelta(days=9))
    assert refused.value.fields == {
        "requested_by": FieldProblem.REQUIRED,
        "not_after": FieldProblem.ENDS_BEFORE_START,
        "items.1.name": FieldProblem.REQUIRED,
        "items.1.quantity": FieldProblem.OUT_OF_RANGE,
    }
    assert _request(desk).number == "R2026-00001"


@pytest.mark.parametrize("query", ["梳化", "gogov", "何先", "ab12", UNIT, "r2026-00001"])
def test_a_slip_is_found_by_what_is_known_of_it(desk, query):
    slip = _request(desk)
    _request(desk, unit="1-B-1-A", items=(NewItem("雪櫃", 1),), carrier="DHL", taken_by="Wong", vehicle_plate="ZZ 9")
    found = desk.goods.slip_queries.page(SlipFilter(query=query), before=None, limit=5).items
    assert [one.id for one in found] == [slip.id]
