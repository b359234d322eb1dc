"""A resident's goods: what is kept and its code, asking for release slips, and the owner's word."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image

from kiosk.domain.goods import CollectMethod, Goods, GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource, SlipState
from kiosk.services.goods.slip_release import Load
from kiosk.services.goods.slips import MAX_REQUESTED_BY_LINKS
from kiosk.services.resident_links import ResidentLink
from tests.host.resident import Resident, make_link
from tests.support.appliance import UNITS, TestGate

MINE, THEIRS = UNITS[0].code, UNITS[1].code


def photograph(size: tuple[int, int] = (2400, 1200), orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Telephone Maker"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    data = io.BytesIO()
    Image.new("RGB", size, "firebrick").save(data, "JPEG", exif=exif, comment=b"at home")
    return data.getvalue()


def keep(gate: TestGate, unit: str = MINE, photo: bytes | None = None) -> Goods:
    new = NewGoods(unit, "順豐速運 SF Express", GoodsCategory.PARCEL, Handling.GATE, pieces=2)
    desk = gate.appliance.goods.goods_in
    return desk.register(new, source=GoodsSource.PANEL, actor="user guard", lane=None, photo=photo).goods


def ask(gate: TestGate, actor: str = "user desk", unit: str = MINE, kind: SlipKind = SlipKind.HOUSEHOLD) -> Slip:
    now = gate.appliance.clock.now()
    items = (NewItem("梳化", 2, "張", "皮面", photograph((40, 40))), NewItem("電視機", 1))
    new = NewSlip(
        kind, Requester.TENANT, "何先生", items, now - timedelta(hours=1), now + timedelta(days=1), unit,
        carrier="GoGoVan", vehicle_plate="AB 1234", taken_by="李師傅", note="小心",
    )  # fmt: skip
    return gate.appliance.goods.slips.request(new, source=SlipSource.LINK, actor=actor)


def slip_of(gate: TestGate, slip: Slip) -> Slip:
    return gate.appliance.goods.slip_queries.get(slip.id)


@pytest.fixture
def owner(app: Flask, gate: TestGate) -> Iterator[tuple[Resident, ResidentLink]]:
    link, token = make_link(gate, MINE, "業主手機", is_owner=True)
    yield Resident(app, token), link
    gate.appliance.resident_links.revoke(link.id, actor="user clerk")


@pytest.fixture
def tenant(app: Flask, gate: TestGate) -> Iterator[tuple[Resident, ResidentLink]]:
    link, token = make_link(gate, MINE, "租客手機")
    yield Resident(app, token), link
    gate.appliance.resident_links.revoke(link.id, actor="user clerk")


@pytest.fixture(autouse=True)
def empty(gate: TestGate) -> Iterator[None]:
    """Nothing is kept and no slip is open when the next test begins."""
    yield
    desk = gate.appliance.goods
    for goods in desk.goods_queries.kept():
        desk.goods_in.give_back(goods.id, actor="user guard", reason="test")
    for slip in desk.slip_queries.open():
        desk.slips.void(slip.id, actor="user desk", reason="test")


def day(gate: TestGate, ahead: int = 0) -> str:
    local = gate.appliance.clock.now().astimezone(gate.appliance.settings.estate.zone)
    return (local + timedelta(days=ahead)).date().isoformat()


def form(gate: TestGate, **change: Any) -> dict[str, Any]:
    return {
        "kind": "household", "items.1.name": "梳化", "items.1.quantity": "2", "first_day": day(gate),
        "last_day": day(gate, 2), "taken_by": "李師傅",
    } | {name.replace("__", "."): value for name, value in change.items()}  # fmt: skip


class TestKept:
    def test_everybody_of_the_unit_sees_what_is_kept_with_its_code(self, gate: TestGate, tenant: Any) -> None:
        goods = keep(gate, photo=photograph((30, 20)))
        code = gate.appliance.goods.codes.collect_code(goods.id)
        page = unescape(tenant[0].get("/r/goods").text)
        for said in ("順豐速運 SF Express", "Parcel · 2 pieces", f"Shelf {goods.shelf}", goods.number, code):
            assert said in page
        photo = tenant[0].get(f"/r/goods/{goods.id}/photo.jpg")
        assert (photo.status_code, photo.mimetype) == (200, "image/jpeg")
        assert "One delivery is kept at the gate for you" in tenant[0].get("/r/").text

    def test_what_has_been_collected_is_told_without_its_code(self, gate: TestGate, tenant: Any) -> None:
        goods = keep(gate)
        gate.appliance.goods.goods_in.collect(goods.id, method=CollectMethod.CARD, by="card 1", actor="user guard")
        page = tenant[0].get("/r/goods").text
        assert "By card" in page
        assert "Nothing waits for you." in page
        assert gate.appliance.goods.codes.collect_code(goods.id) not in page

    def test_a_notices_ticket_leads_to_the_goods(self, app: Flask, gate: TestGate, tenant: Any) -> None:
        ticket = gate.appliance.resident_links.ticket(tenant[1])
        opened = Resident(app).get(f"/r/{ticket}?page=goods")
        assert (opened.status_code, opened.location) == (303, "/r/goods")
        assert Resident(app).get(f"/r/{ticket}?page=//evil.example").location == "/r/"


class TestAsking:
    def test_a_tenant_asks_with_a_photo_and_the_owner_is_asked(self, gate: TestGate, tenant: Any, owner: Any) -> None:
        answer = tenant[0].post(
            "/r/goods/slips/new",
            **form(
                gate, items__1__measure="張", items__1__note="皮面", items__1__returnable_until=day(gate, 5),
                items__1__photo=(io.BytesIO(photograph(orientation=6)), "photo.jpg"),
                items__7__name="電視機", items__7__quantity="1", carrier="GoGoVan", vehicle_plate="AB 1234",
                note="小心", approves="yes",
            ),
        )  # fmt: skip
        assert answer.status_code == 303
        page = tenant[0].get(answer.location).text
        assert "The owner has been asked to approve it." in page
        assert "Approve</summary>" not in page
        (slip,) = gate.appliance.goods.slip_queries.open()
        assert (slip.state, slip.requester, slip.requested_by) == (SlipState.REQUESTED, Requester.TENANT, "租客手機")
        assert (slip.source, slip.created_by, slip.unit) == (SlipSource.LINK, tenant[1].actor, MINE)
        items = [(item.name, item.quantity, item.measure) for item in slip.items]
        assert items == [("梳化", 2, "張"), ("電視機", 1, "")]
        zone = gate.appliance.settings.estate.zone
        assert slip.not_after.astimezone(zone).isoformat()[:16] == f"{day(gate, 3)}T00:00"
        assert slip.items[0].returnable_until.astimezone(zone).isoformat()[:10] == day(gate, 6)
        photo = owner[0].get(f"/r/goods/slips/{slip.id}/items/1/photo.jpg").data
        with Image.open(io.BytesIO(photo)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (800, 1600))  # upright, and made small
            assert not picture.getexif()
        assert not any(told in photo for told in (b"Telephone Maker", b"at home"))

    def test_an_owner_asks_and_approves_in_the_same_breath(self, gate: TestGate, owner: Any) -> None:
        assert 'name="approves" value="yes" checked' in owner[0].get("/r/goods/slips/new").text
        answer = owner[0].post("/r/goods/slips/new", **form(gate, approves="yes"))
        (slip,) = gate.appliance.goods.slip_queries.open()
        assert (slip.state, slip.approval_method) == (SlipState.APPROVED, ApprovalMethod.OWNER_LINK)
        assert "<svg" in owner[0].get(answer.location).text

    def test_without_the_tick_an_owners_slip_waits(self, gate: TestGate, owner: Any) -> None:
        owner[0].post("/r/goods/slips/new", **form(gate))
        assert [slip.state for slip in gate.appliance.goods.slip_queries.open()] == [SlipState.REQUESTED]

    def test_who_moves_out_waits_for_the_front_desk_and_approves_then(self, gate: TestGate, owner: Any) -> None:
        address = owner[0].post("/r/goods/slips/new", **form(gate, kind="moving", approves="yes")).location
        (slip,) = gate.appliance.goods.slip_queries.open()
        assert slip.state is SlipState.REQUESTED
        assert "Approve</summary>" not in owner[0].get(address).text
        assert owner[0].post(f"{address}/approve").status_code == 409
        gate.appliance.goods.slips.clear_arrears(slip.id, actor="user desk")
        assert "Approve</summary>" in owner[0].get(address).text
        assert owner[0].post(f"{address}/approve").status_code == 303

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"items.1.name": " "}, "items.1.name"),
            ({"items.1.quantity": "x"}, "items.1.quantity"),
            ({"items.1.quantity": "0"}, "items.1.quantity"),
            ({"items.1.returnable_until": "soon"}, "items.1.returnable_until"),
            ({"items.1.photo": (b"GIF89a is none", "photo.jpg")}, "items.1.photo"),
            ({"first_day": ""}, "first_day"),
            ({"last_day": "2020-01-01"}, "not_after"),
            ({"last_day": "2099-01-01"}, "not_after"),
            ({"carrier": "x" * 61}, "carrier"),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(
        self, gate: TestGate, tenant: Any, change: dict[str, Any], problem: str
    ) -> None:
        sent = {name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
                for name, value in change.items()}  # fmt: skip
        answer = tenant[0].post("/r/goods/slips/new", **form(gate, note="小心") | sent)
        assert answer.status_code == 422
        assert f'id="problem-{problem}"' in answer.text
        assert 'value="小心"' in answer.text
        assert gate.appliance.goods.slip_queries.open() == []

    def test_rows_are_added_and_removed_without_script(self, gate: TestGate, tenant: Any) -> None:
        more = tenant[0].post("/r/goods/slips/new", **form(gate, add="1"))
        assert more.status_code == 200
        assert re.findall(r'name="items\.([12])\.name"', more.text) == ["1", "2"]
        fewer = tenant[0].post(
            "/r/goods/slips/new", **form(gate, items__2__name="電視機", items__2__quantity="3", remove="1")
        )
        assert re.findall(r'name="items\.1\.(?:name|quantity)" type="\w+" value="([^"]*)"', fewer.text) == [
            "電視機",
            "3",
        ]
        assert gate.appliance.goods.slip_queries.open() == []

    def test_blank_rows_are_nothing(self, gate: TestGate, tenant: Any) -> None:
        tenant[0].post("/r/goods/slips/new", **form(gate, items__2__name="", items__2__quantity="1"))
        (slip,) = gate.appliance.goods.slip_queries.open()
        assert len(slip.items) == 1

    def test_too_many_photographs_are_said_to_be(self, gate: TestGate, tenant: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr("web.host.slips.MAX_ASKED_BYTES", 1000)
        answer = tenant[0].post("/r/goods/slips/new", **form(gate, items__1__photo=(io.BytesIO(bytes(2000)), "x.jpg")))
        assert answer.status_code == 413
        assert "The photos are too large together." in answer.text

    def test_a_unit_asks_for_so_many_and_no_more(self, gate: TestGate, tenant: Any) -> None:
        for _ in range(MAX_REQUESTED_BY_LINKS):
            ask(gate)
        answer = tenant[0].post("/r/goods/slips/new", **form(gate))
        assert answer.status_code == 409
        assert "Many release slips wait for approval already." in answer.text


class TestTheOwnersWord:
    def test_the_owner_sees_everything_and_approves_exactly_that(self, gate: TestGate, owner: Any, tenant: Any) -> None:
        slip = ask(gate, tenant[1].actor)
        assert "A release slip waits for your approval" in owner[0].get("/r/").text
        assert "Waits for your approval" in owner[0].get("/r/goods").text
        page = owner[0].get(f"/r/goods/slips/{slip.id}").text
        for said in (
            "梳化",
            "皮面",
            "電視機",
            "GoGoVan",
            "AB 1234",
            "李師傅",
            "小心",
            "何先生 · Tenant",
            "items/1/photo.jpg",
        ):
            assert said in page
        assert "You give your word as the owner for exactly these items." in page
        answer = owner[0].post(f"/r/goods/slips/{slip.id}/approve")
        assert answer.location == f"/r/goods/slips/{slip.id}"
        approved = slip_of(gate, slip)
        assert (approved.state, approved.approved_by) == (SlipState.APPROVED, owner[1].actor)
        again = owner[0].post(f"/r/goods/slips/{slip.id}/approve")
        assert again.status_code == 409
        assert "This release slip is approved already." in again.text

    @pytest.mark.usefixtures("owner")
    def test_who_is_not_the_owner_sees_it_and_can_do_neither(self, gate: TestGate, tenant: Any) -> None:
        slip = ask(gate)
        page = tenant[0].get(f"/r/goods/slips/{slip.id}").text
        assert "The owner has been asked." in page
        assert "<form" not in page.partition("<main>")[2]
        for act in ("approve", "refuse", "withdraw"):
            answer = tenant[0].post(f"/r/goods/slips/{slip.id}/{act}")
            assert answer.status_code == 409
            assert "Only the owner of the unit can do this." in answer.text
        assert slip_of(gate, slip) == slip

    def test_the_owner_refuses(self, gate: TestGate, owner: Any) -> None:
        slip = ask(gate)
        assert owner[0].post(f"/r/goods/slips/{slip.id}/refuse").location == "/r/goods"
        assert slip_of(gate, slip).state is SlipState.REFUSED

    def test_who_asked_withdraws_while_it_is_not_approved(self, gate: TestGate, owner: Any, tenant: Any) -> None:
        first, second = ask(gate, tenant[1].actor), ask(gate, tenant[1].actor)
        tenant[0].post(f"/r/goods/slips/{first.id}/withdraw")
        ended = slip_of(gate, first)
        assert (ended.state, ended.reason) == (SlipState.VOID, "withdrawn by the resident")
        owner[0].post(f"/r/goods/slips/{second.id}/approve")
        assert tenant[0].post(f"/r/goods/slips/{second.id}/withdraw").status_code == 409
        assert slip_of(gate, second).state is SlipState.APPROVED
        assert owner[0].post(f"/r/goods/slips/{second.id}/withdraw").status_code == 303
        assert slip_of(gate, second).state is SlipState.VOID

    def test_a_good_slip_has_its_code_its_balance_and_its_trips(self, gate: TestGate, owner: Any, tenant: Any) -> None:
        slip = ask(gate)
        path = f"/r/goods/slips/{slip.id}"
        assert tenant[0].get(f"{path}/code.png").status_code == 404
        owner[0].post(f"{path}/approve")
        load = Load("out", {1: 1}, "AB1234")
        gate.appliance.goods.release.release(slip.id, load, actor="user guard")
        page = tenant[0].get(path).text
        assert "1 left · 1 may still leave" in page
        assert "What has left" in page
        with Image.open(io.BytesIO(tenant[0].get(f"{path}/code.png").data)) as picture:
            (code,) = zxingcpp.read_barcodes(picture.convert("L"))
        assert gate.appliance.goods.slip_queries.by_token(code.text).id == slip.id
        owner[0].post(f"{path}/withdraw")
        assert tenant[0].get(f"{path}/code.png").status_code == 404

    def test_a_revoked_link_gives_no_word(self, app: Flask, gate: TestGate) -> None:
        link, token = make_link(gate, MINE, is_owner=True)
        owner, slip = Resident(app, token), ask(gate)
        form_token = owner.form_token()
        gate.appliance.resident_links.revoke(link.id, actor="user clerk")
        answer = owner.client.post(
            f"/r/goods/slips/{slip.id}/approve", data={"csrf_token": form_token}, environ_overrides=owner.environ
        )
        assert answer.status_code == 401
        assert slip_of(gate, slip).state is SlipState.REQUESTED

    def test_a_forged_form_gives_no_word(self, gate: TestGate, owner: Any) -> None:
        slip = ask(gate)
        owner[0].post(f"/r/goods/slips/{slip.id}/approve", csrf_token="x")
        assert slip_of(gate, slip).state is SlipState.REQUESTED


def test_another_units_goods_are_not_found(gate: TestGate, owner: Any) -> None:
    goods, slip = keep(gate, THEIRS, photograph((30, 20))), ask(gate, unit=THEIRS)
    path = f"/r/goods/slips/{slip.id}"
    for address in (f"/r/goods/{goods.id}/photo.jpg", path, f"{path}/code.png", f"{path}/items/1/photo.jpg"):
        assert owner[0].get(address).status_code == 404, address
    for act in ("approve", "refuse", "withdraw"):
        assert owner[0].post(f"{path}/{act}").status_code == 404, act
    assert slip_of(gate, slip) == slip
