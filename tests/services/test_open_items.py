"""What is open now: every register's own, by number and id, and nothing that is settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.access import CredentialState
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.goods import GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.invitations import NewInvitation
from kiosk.domain.open_items import ItemKind
from kiosk.domain.slips import NewItem
from kiosk.domain.visits import VisitKind
from kiosk.services.alarms import raise_within
from tests.support import slips_at_desk as slips
from tests.support.desk import UNIT, Desk, open_desk

CONTRACTORS_WAIT = {"kinds": {"contractor": {"approval": "guard"}}}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path, visits=CONTRACTORS_WAIT) as desk:
        yield desk


def found(desk: Desk) -> list[tuple[str, str]]:
    return [(item.kind.value, item.label) for item in desk.shifts.open_items.now()]


def test_nothing_is_open_at_a_quiet_gate(desk: Desk) -> None:
    desk.sign_in()
    assert found(desk) == []


def test_every_register_tells_its_own(desk: Desk) -> None:
    waiting = desk.sign_in("何工", VisitKind.CONTRACTOR, phone="91234567", purpose="lift").visit
    overstay = desk.sign_in("王小明").visit
    lent = desk.cards.add(actor="user clerk", uid="04A1B2C3", holder="V1", unit=UNIT, for_visits=True)
    desk.visits.lend_card(overstay.id, lent.id, actor="user guard")
    courier = desk.cards.add(
        actor="user clerk", uid="04A1B2C4", holder="順豐", unit=UNIT, carrier="SF Express",
        valid_to=desk.clock.now() + timedelta(hours=1),
    )  # fmt: skip
    with desk.store.write() as transaction:
        raise_within(transaction, AlarmKind.FORCED, "in")
        raise_within(transaction, AlarmKind.DURESS, "in")
    waits, kept = (
        desk.goods.goods_in.register(
            NewGoods(UNIT, "順豐", category, Handling.GATE, description="x"),
            source=GoodsSource.PANEL,
            actor="user guard",
            lane=None,
        ).goods
        for category in (GoodsCategory.DANGEROUS, GoodsCategory.PARCEL)
    )
    slip = slips.approve(desk, not_after=desk.clock.now() + timedelta(days=9))
    late = slips.released(desk, NewItem("電鑽", 1, returnable_until=desk.clock.now() + timedelta(hours=2)))
    wanted = slips.approve(desk, not_after=desk.clock.now() + timedelta(days=9))
    desk.goods.slips.ask_reissue(wanted.id, actor="user guard", lane=None)
    desk.invitations.invite(
        NewInvitation(UNIT, "林小姐", desk.clock.now(), desk.clock.now() + timedelta(days=3)), actor="api x"
    )
    desk.invitations.invite(
        NewInvitation(UNIT, "後天", desk.clock.now() + timedelta(days=2), desk.clock.now() + timedelta(days=3)),
        actor="api x",
    )
    desk.states.lock("out", actor="user guard", reason="x")
    desk.clock.move(timedelta(hours=30))
    assert found(desk) == [
        ("alarm", "forced"),
        ("lane", "out"),
        ("visit", waiting.number),
        ("overstay", overstay.number),
        ("goods-waiting", waits.number),
        ("goods-kept", kept.number),
        ("reissue", wanted.number),
        ("slip-late", late.number),
        ("slip", slip.number),
        ("visitor-card", "04A1B2C3"),
        ("courier-card", "04A1B2C4"),
        ("invitation", UNIT),
    ]
    items = desk.shifts.open_items.now()
    records = desk.shifts.open_items.records(items)
    ids = {one.id for one in (waiting, overstay, waits, kept, wanted, late, slip, lent, courier)}
    alarm = items[0].subject_id
    assert set(records) == ids | {alarm}
    assert records[waiting.id] == waiting
    assert records[late.id] == late
    assert ItemKind.INVITATION not in {item.kind for item in desk.shifts.open_items.handed_over()}


def test_a_visitor_card_is_missed_until_it_is_back(desk: Desk) -> None:
    card = desk.cards.add(actor="user clerk", uid="04A1B2C3", holder="V1", unit=UNIT, for_visits=True)
    visit = desk.sign_in().visit
    desk.visits.lend_card(visit.id, card.id, actor="user guard")
    assert found(desk) == [("visitor-card", "04A1B2C3")]
    desk.clock.move(timedelta(days=2))
    desk.visits.expire_overdue(desk.clock.now())
    assert found(desk) == [("visitor-card", "04A1B2C3")], "whoever never signed out has it still"
    other = desk.sign_in().visit
    desk.visits.lend_card(other.id, card.id, actor="user guard")
    desk.visits.sign_out(other.id, actor="user guard")
    assert found(desk) == []
    third = desk.sign_in().visit
    desk.visits.lend_card(third.id, card.id, actor="user guard")
    desk.cards.set_state(card.id, CredentialState.LOST, actor="user clerk")
    assert found(desk) == []
