"""Residents told of their goods and release slips; a receiver on 127.0.0.1 stands for the chat service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from kiosk.clock import ClockConfidence
from kiosk.domain.goods import CollectMethod, Goods, GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.notices import Language
from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource
from kiosk.services.goods.slip_release import Load
from kiosk.services.goods.slips import Word
from kiosk.services.resident_links import NewLink, ResidentLink
from tests.host.resident import ClockAhead
from tests.support.appliance import UNITS, TestGate, demo_appliance, document, wait_for
from tests.support.receiver import Receiver, answer, receiving

UNIT, OTHER = UNITS[0].code, UNITS[1].code
BASE = "http://192.168.1.10:8080"
CARRIER, TAKER = "順豐速運 SF Express", "何先生"


class TrustedClock(ClockAhead):
    """One that the network has set: only such a clock says that something is old."""

    def confidence(self) -> ClockConfidence:
        return ClockConfidence.SYNCHRONISED


@dataclass
class Estate:
    """A gate with an owner, a tenant and a neighbour's owner, and two services to which notices are sent.

    The settings' one channel, of the guards, goes to `guards`; everything of residents to `told`.
    """

    gate: TestGate
    told: Receiver
    guards: Receiver
    clock: TrustedClock
    links: dict[str, ResidentLink]

    def heard(self, count: int) -> list[tuple[str, str]]:
        """Whom notices reached, `count` in all, with their titles; the next test's are counted from nothing."""
        return sorted((one.path.strip("/"), one.json["title"].partition(": ")[2]) for one in self.told.wait_for(count))

    def keep(self) -> Goods:
        new = NewGoods(UNIT, CARRIER, GoodsCategory.PARCEL, Handling.GATE)
        desk = self.gate.appliance.goods.goods_in
        return desk.register(new, source=GoodsSource.PANEL, actor="user guard", lane=None).goods

    def ask(self, who: str, kind: SlipKind = SlipKind.HOUSEHOLD) -> Slip:
        now = self.clock.now()
        item = NewItem("梳化", 2, returnable_until=now + timedelta(hours=2))
        new = NewSlip(
            kind, Requester.TENANT, who, (item,), now - timedelta(hours=1), now + timedelta(days=1), UNIT,
            taken_by=TAKER,
        )  # fmt: skip
        actor = self.links[who].actor if who in self.links else f"user {who}"
        return self.gate.appliance.goods.slips.request(new, source=SlipSource.LINK, actor=actor)

    def release(self, slip: Slip) -> None:
        self.gate.appliance.goods.release.release(slip.id, Load("out", {1: 2}), actor="user guard")


@pytest.fixture
def estate(tmp_path) -> Iterator[Estate]:
    with receiving() as told, receiving() as guards:
        told.behave = guards.behave = answer(200)
        channel = {
            "url": guards.url.replace("http:", "json:"), "language": "en", "events": ["goods.kept", "slip.approved"]
        }  # fmt: skip
        settings = document(hosts={"base_url": BASE}, notify={"channels": {"guards": channel}})
        clock = TrustedClock()
        with demo_appliance(tmp_path, settings=settings, clock=clock) as gate:
            links = {
                name: gate.appliance.resident_links.make(
                    NewLink(
                        unit, name, address=f"{told.url.replace('http:', 'json:')}/{name}", is_owner=is_owner,
                        language=Language.EN,
                    ),
                    actor="user desk",
                )[0]
                for name, unit, is_owner in (
                    ("owner", UNIT, True), ("tenant", UNIT, False), ("neighbour", OTHER, True),
                )
            }  # fmt: skip
            yield Estate(gate, told, guards, clock, links)


def test_goods_kept_are_told_with_their_code_to_every_telephone_of_the_unit_and_to_nobody_else(estate):
    address = estate.told.url.replace("http:", "json:") + "/hant"
    estate.gate.appliance.resident_links.make(NewLink(UNIT, "hant", address=address), actor="user desk")
    goods = estate.keep()
    code = estate.gate.appliance.goods.codes.collect_code(goods.id)
    taken = {one.path: one.json for one in estate.told.wait_for(3)}
    assert set(taken) == {"/owner", "/tenant", "/hant"}
    assert taken["/owner"]["title"] == "Clearmist Garden: Goods wait at the gate to be collected"
    lines = taken["/owner"]["message"].splitlines()
    assert lines[:3] == [f"Number: {goods.number}", "Shelf: 1", f"Collecting code: {code}"]
    assert "type the code at the gate" in lines[3]
    assert lines[-1].startswith(f"{BASE}/r/")
    assert lines[-1].endswith("?page=goods")
    assert f"取件碼: {code}" in taken["/hant"]["message"]
    assert not any(CARRIER in json.dumps(one, ensure_ascii=False) for one in taken.values())
    (guards,) = estate.guards.wait_for(1)
    assert goods.number in guards.json["message"]
    assert code not in guards.body.decode()
    assert not any(code in str(entry.payload) for entry in estate.gate.entries(""))


def test_no_code_is_in_the_log_when_telling_fails(estate, caplog):
    estate.told.behave = answer(503)
    code = estate.gate.appliance.goods.codes.collect_code(estate.keep().id)
    estate.told.wait_for(2)
    wait_for(lambda: {link.failure for link in estate.gate.appliance.resident_links.of_unit(UNIT)} == {"not-taken"})
    assert code not in caplog.text


def test_who_was_not_told_is_not_told_of_what_has_been_collected_meanwhile(estate):
    estate.told.behave = answer(503)
    first = estate.keep()
    estate.told.wait_for(2)
    estate.gate.appliance.goods.goods_in.collect(
        first.id, method=CollectMethod.DESK, by="user guard", actor="user guard"
    )
    estate.told.behave = answer(200)
    second = estate.keep()
    told = estate.told.wait_for(4)[2:]
    assert all(second.number in one.json["message"] for one in told)
    wait_for(lambda: all(link.told_at for link in estate.gate.appliance.resident_links.of_unit(UNIT)))
    assert len(estate.told.taken) == 4


def test_a_telephone_that_was_out_of_reach_is_told_later(estate):
    estate.told.behave = answer(503)
    estate.keep()
    estate.told.wait_for(2)
    estate.told.behave = answer(200)
    wait_for(lambda: all(link.told_at for link in estate.gate.appliance.resident_links.of_unit(UNIT)))


def test_nobody_is_told_of_yesterdays_goods(estate, tmp_path):
    outbox = estate.gate.appliance.outbox
    outbox.let_go()
    assert outbox.stop(20)
    estate.keep()
    estate.clock.ahead += timedelta(hours=25)
    with demo_appliance(tmp_path, settings=document(hosts={"base_url": BASE}), clock=estate.clock) as gate:
        gate.wait_for_entry("notice.lapsed", count=1)
    assert estate.told.taken == []


def test_a_tenants_slip_goes_to_the_owner_and_the_answer_to_the_tenant(estate):
    slip = estate.ask("tenant")
    assert estate.heard(1) == [("owner", "Release slip waits for approval")]
    message = estate.told.taken[0].json["message"]
    assert message.splitlines()[:2] == ["Kind: household goods", f"Number: {slip.number}"]
    assert not any(name in message for name in ("梳化", TAKER))
    estate.gate.appliance.goods.slips.approve_by_link(slip.id, estate.links["owner"])
    assert estate.heard(2)[1] == ("tenant", "Release slip approved")
    estate.release(slip)
    assert estate.heard(3)[0] == ("owner", "Goods released")
    assert "Pieces: 2" in estate.told.taken[2].json["message"]
    estate.clock.ahead += timedelta(hours=3)
    estate.gate.appliance.goods.release.tell_late()
    late = "Goods have not been brought back in time"
    assert {one for one in estate.heard(5) if one[1] == late} == {("owner", late), ("tenant", late)}


@pytest.mark.parametrize("title", ["Release slip refused", "Release slip is void"])
def test_who_asked_is_told_of_the_end_of_a_slip(estate, title):
    slip = estate.ask("tenant")
    estate.told.wait_for(1)
    slips, owner = estate.gate.appliance.goods.slips, estate.links["owner"].actor
    end = slips.refuse if "refused" in title else slips.void
    end(slip.id, actor=owner, reason="not these")
    assert estate.heard(2)[1] == ("tenant", title)


def test_the_owner_is_told_of_a_word_that_was_given_in_place_of_a_link(estate):
    slip = estate.ask("desk")
    estate.told.wait_for(1)
    word = Word(ApprovalMethod.WRITTEN_AUTHORITY, "user desk", "user desk", authority=b"jpeg")
    estate.gate.appliance.goods.slips.approve(slip.id, word)
    assert estate.heard(2) == [("owner", "Release slip approved"), ("owner", "Release slip waits for approval")]


def test_an_owner_is_not_told_of_what_they_have_done_themselves(estate):
    slips = estate.gate.appliance.goods.slips
    mine = estate.ask("owner")
    slips.approve_by_link(mine.id, estate.links["owner"])
    slips.void(mine.id, actor=estate.links["owner"].actor, reason="not today")
    estate.ask("tenant")
    assert estate.heard(1) == [("owner", "Release slip waits for approval")]


def test_who_moves_out_is_told_of_when_the_owner_can_approve(estate):
    slip = estate.ask("owner", SlipKind.MOVING)
    estate.gate.appliance.goods.slips.clear_arrears(slip.id, actor="user desk")
    assert estate.heard(1) == [("owner", "Nothing is owed: release slip waits for the owner")]
    assert "Kind: moving out" in estate.told.taken[0].json["message"]
