"""Release slips at the panel: asked for by a form, approved, ended, and found."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from kiosk.domain.roles import Role
from kiosk.domain.slips import (
    ApprovalMethod,
    MovementKind,
    NewItem,
    NewSlip,
    Requester,
    Slip,
    SlipKind,
    SlipSource,
    SlipState,
    items_digest,
)
from kiosk.services.goods.slip_release import Load
from kiosk.services.resident_links import NewLink
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance, document
from web import create_app
from web.panel.slip_forms import FIRST_ROWS

UNIT = "1-A-1-A"
DEPARTMENT = "工程部 Works"
Request = Callable[..., Slip]


def picture(size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "#a52").save(data, kind)
    return data.getvalue()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    """A gate whose front desk never closes."""
    settings = document(goods={"office_hours": ["mon-sun 00:00-24:00"]})
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=settings) as running:
        for role in Role:
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


def someone(app: Flask, role: Role) -> Guard:
    found = Guard(app)
    assert found.log_in(role.value).status_code == 303
    return found


@pytest.fixture
def desk(app: Flask) -> Guard:
    return someone(app, Role.FRONT_DESK)


@pytest.fixture
def boss(app: Flask) -> Guard:
    return someone(app, Role.SUPERVISOR)


def new_slip(gate: TestGate, **changes: Any) -> NewSlip:
    now = gate.appliance.clock.now()
    wanted: dict[str, Any] = {
        "kind": SlipKind.HOUSEHOLD, "requester": Requester.OWNER, "requested_by": "李太", "unit": UNIT,
        "items": (NewItem("梳化", 2, "張"), NewItem("電視機", 1)), "not_before": now - timedelta(hours=1),
        "not_after": now + timedelta(days=1),
    }  # fmt: skip
    return NewSlip(**(wanted | changes))


@pytest.fixture
def ask(gate: TestGate) -> Request:
    def ask(*, is_approved: bool = False, **changes: Any) -> Slip:
        slips = gate.appliance.goods.slips
        slip = slips.request(new_slip(gate, **changes), source=SlipSource.DESK, actor="user frontdesk")
        if not is_approved:
            return slip
        links = gate.appliance.resident_links
        link = links.make(NewLink(slip.unit, "電話", is_owner=True), actor="user frontdesk")[0]
        links_slip = slips.approve_by_link(slip.id, link)
        links.revoke(link.id, actor="user frontdesk")  # a unit has only so many
        return links_slip

    return ask


def today(gate: TestGate) -> date:
    return gate.appliance.clock.now().astimezone(gate.appliance.settings.estate.zone).date()


def send(desk: Guard, path: str = "/panel/slips/new", **fields: Any) -> TestResponse:
    """Send the form; pictures are bytes."""
    data = {"csrf_token": desk.token()} | {
        name.replace("__", "."): (io.BytesIO(value), "p.png") if isinstance(value, bytes) else value
        for name, value in fields.items()
    }
    return desk.client.post(path, data=data, headers=desk.headers, content_type="multipart/form-data")


def filled(gate: TestGate, **changes: Any) -> dict[str, Any]:
    day = today(gate).isoformat()
    return {
        "kind": "household", "unit": UNIT, "requester": "owner", "requested_by": "李太", "not_before": day,
        "not_after": day, "items__1__name": "梳化", "items__1__quantity": "2",
    } | changes  # fmt: skip


def slip_of(answer: TestResponse, gate: TestGate) -> Slip:
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/panel/slips/([0-9a-f]{32})", answer.location)
    assert found, answer.location
    return gate.appliance.goods.slip_queries.get(found[1])


# --- asking ---


def test_a_slip_by_the_form(desk: Guard, gate: TestGate) -> None:
    back = (today(gate) + timedelta(days=9)).isoformat()
    slip = slip_of(
        send(
            desk,
            **filled(
                gate, vehicle_plate="AB 1234", carrier="GoGoVan", taken_by="何先生", items__1__measure="張",
                items__1__photo=picture((2400, 1200)), items__4__name="Ladder", items__4__quantity="1",
                items__4__note="S/N 7", items__4__returnable_until=back,
            ),
        ),
        gate,
    )  # fmt: skip
    sofa, ladder = slip.items
    assert [(sofa.name, sofa.quantity, sofa.measure), (ladder.line, ladder.note)] == [("梳化", 2, "張"), (2, "S/N 7")]
    assert (slip.unit, slip.carrier, slip.requester, slip.state) == (
        UNIT, "GoGoVan", Requester.OWNER, SlipState.REQUESTED,
    )  # fmt: skip
    zone = gate.appliance.settings.estate.zone
    assert slip.not_before.astimezone(zone).date() == today(gate)
    assert slip.not_after - slip.not_before == timedelta(days=1)
    assert ladder.returnable_until is not None
    assert ladder.returnable_until.astimezone(zone).date() == today(gate) + timedelta(days=10)
    assert sofa.photo_id is not None
    kept = Image.open(io.BytesIO(gate.appliance.photos.jpeg(sofa.photo_id)))
    assert (kept.format, kept.size) == ("JPEG", (1600, 800))
    assert gate.entries("slip.requested", slip=slip.id)[0].actor == "user frontdesk"


def test_a_departments_slip_names_no_unit(desk: Guard, gate: TestGate) -> None:
    fields = filled(gate, kind="department", department=DEPARTMENT, unit="", requester="")
    slip = slip_of(send(desk, **fields), gate)
    assert (slip.department, slip.unit, slip.requester) == (DEPARTMENT, "", Requester.DEPARTMENT)


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"unit": "nowhere"}, "unit", "There is no such unit."),
        ({"unit": ""}, "unit", "Please fill this in."),
        ({"requested_by": " "}, "requested_by", "Please fill this in."),
        ({"requester": "department"}, "requester", "Please fill this in."),
        ({"not_before": "soon"}, "not_before", "There is no such day."),
        ({"not_after": ""}, "not_after", "Please fill this in."),
        ({"not_after": "2020-01-01"}, "not_after", "The end is before the beginning."),
        ({"not_after": "2098-01-01"}, "not_after", "a release slip 31 days"),
        ({"items__1__quantity": "many"}, "items.1.quantity", "outside what is possible"),
        ({"items__2__note": "of nothing"}, "items.2.name", "Please fill this in."),
        ({"items__1__name": "x" * 61}, "items.1.name", "too long"),
        ({"items__1__photo": b"no picture"}, "items.1.photo", "not a picture"),
        ({"items__1__photo": picture(kind="TIFF")}, "items.1.photo", "not a picture"),
        ({"items__1__returnable_until": "never"}, "items.1.returnable_until", "There is no such day."),
        ({"items__1__name": "", "items__1__quantity": "1"}, "items", "Please fill this in."),
        ({"kind": "department", "department": "nobody"}, "department", "Please fill this in."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Guard, gate: TestGate, fields: dict[str, Any], field: str, sentence: str
) -> None:
    before = gate.appliance.feed.last_seq
    answer = send(desk, **filled(gate, taken_by="何先生", **{name: fields[name] for name in fields}))
    assert answer.status_code == 422
    told = re.search(rf'id="{re.escape(field)}-problem">([^<]+)<', answer.text)
    assert told, answer.text
    assert sentence in told[1]
    assert 'value="何先生"' in answer.text
    assert gate.entries("slip.requested", before) == []


def test_every_fault_is_told_at_once_and_nothing_is_lost_on_the_way(desk: Guard, gate: TestGate) -> None:
    wrong = filled(gate, requested_by="", not_before="", items__2__quantity="0", items__2__name="Bed")
    answer = send(desk, **wrong, items__2__photo=picture())
    told = set(re.findall(r'id="([a-z0-9_.]+)-problem"', answer.text))
    assert told == {"requested_by", "not_before", "items.2.quantity"}
    held = re.search(r'name="items\.2\.held" value="([0-9a-f]{32})"', answer.text)
    assert held
    shown = desk.get(f"/panel/slips/pictures/{held[1]}.jpg")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    right = wrong | {"requested_by": "李太", "not_before": today(gate).isoformat(), "items__2__quantity": "1"}
    slip = slip_of(send(desk, **right, items__2__held=held[1]), gate)
    assert slip.items[1].photo_id is not None
    assert gate.appliance.photos.jpeg(slip.items[1].photo_id) == shown.data


def test_a_picture_that_is_left_out_and_one_of_another_record_are_not_kept(desk: Guard, gate: TestGate) -> None:
    answer = send(desk, **filled(gate, requested_by="", items__1__photo=picture()))
    held = re.findall(r'name="items\.1\.held" value="([0-9a-f]{32})"', answer.text)[0]
    slip = slip_of(send(desk, **filled(gate, items__1__held=held, items__1__without="1")), gate)
    with gate.appliance.store.write() as transaction:
        foreign = gate.appliance.photos.keep(transaction, picture(kind="JPEG"))
    other = slip_of(send(desk, **filled(gate, items__1__photo_id=foreign)), gate)
    assert [slip.items[0].photo_id, other.items[0].photo_id] == [None, None]


def test_a_picture_that_is_held_no_more_is_asked_for_again(desk: Guard, gate: TestGate) -> None:
    answer = send(desk, **filled(gate, items__1__held="0" * 32))
    assert answer.status_code == 422
    assert 'id="items.1.photo-problem"' in answer.text
    assert "items.1.held" not in answer.text


def test_more_lines_without_a_script_keep_what_is_typed(desk: Guard, gate: TestGate) -> None:
    answer = send(desk, **filled(gate, requested_by="", more="1"))
    assert answer.status_code == 200
    assert answer.text.count('class="item-row"') == 1 + FIRST_ROWS
    assert 'value="梳化"' in answer.text
    assert "-problem" not in answer.text


# --- approving and ending ---


def test_who_moves_out_is_confirmed_to_owe_nothing_before_the_word(desk: Guard, ask: Request) -> None:
    slip = ask(kind=SlipKind.MOVING)
    page = desk.get(f"/panel/slips/{slip.id}").text
    assert "Confirm: nothing is owed" in page
    assert "Approve by written authority" not in page
    refused = send(desk, f"/panel/slips/{slip.id}/approve-by-authority", authority=picture())
    assert (refused.status_code, "confirm first that nothing is owed" in refused.text) == (409, True)
    assert desk.post(f"/panel/slips/{slip.id}/clear-arrears").status_code == 303
    assert "Approve by written authority" in desk.get(f"/panel/slips/{slip.id}").text


def test_a_written_authority_is_kept_with_the_approval(desk: Guard, gate: TestGate, ask: Request) -> None:
    slip = ask(requester=Requester.AGENT)
    path = f"/panel/slips/{slip.id}/approve-by-authority"
    assert send(desk, path).status_code == 409
    assert send(desk, path, authority=b"%PDF-1.7").status_code == 422
    assert send(desk, path, authority=picture()).status_code == 303
    slip = gate.appliance.goods.slip_queries.get(slip.id)
    assert (slip.state, slip.approval_method) == (SlipState.APPROVED, ApprovalMethod.WRITTEN_AUTHORITY)
    assert f"/panel/photos/{slip.authority_photo_id}.jpg" in desk.get(f"/panel/slips/{slip.id}").text


def test_a_departments_slip_is_the_supervisors(desk: Guard, boss: Guard, gate: TestGate, ask: Request) -> None:
    slip = ask(kind=SlipKind.DEPARTMENT, requester=Requester.DEPARTMENT, unit="", department=DEPARTMENT)
    path = f"/panel/slips/{slip.id}/approve-by-supervisor"
    assert "Approve for the department" not in desk.get(f"/panel/slips/{slip.id}").text
    assert desk.post(path).status_code == 403
    assert "Approve for the department" in boss.get(f"/panel/slips/{slip.id}").text
    assert boss.post(path).status_code == 303
    assert gate.appliance.goods.slip_queries.get(slip.id).approved_by == "user supervisor"


def test_out_of_hours_is_offered_only_then_and_asks_how(
    boss: Guard, ask: Request, tmp_path_factory: pytest.TempPathFactory
) -> None:
    slip = ask()
    assert "Approve out of hours" not in boss.get(f"/panel/slips/{slip.id}").text
    assert boss.post(f"/panel/slips/{slip.id}/approve-out-of-hours", reason="x").status_code == 409
    closed = document(goods={"office_hours": []})
    with demo_appliance(tmp_path_factory.mktemp("closed"), settings=closed) as at_night:
        at_night.appliance.accounts.add_user("supervisor", Role.SUPERVISOR, PASSWORD)
        boss = someone(create_app(at_night.appliance), Role.SUPERVISOR)
        slips = at_night.appliance.goods.slips
        slip = slips.request(new_slip(at_night), source=SlipSource.DESK, actor="user x")
        path = f"/panel/slips/{slip.id}/approve-out-of-hours"
        assert path in boss.get(f"/panel/slips/{slip.id}").text
        assert boss.post(path).status_code == 422
        assert boss.post(path, reason="Owner called back").status_code == 303
        slip = at_night.appliance.goods.slip_queries.get(slip.id)
        assert (slip.is_out_of_hours, slip.reason) == (True, "Owner called back")
        assert "Out of hours" in boss.get("/panel/slips").text


def tapped(desk: Guard, gate: TestGate, slip: Slip, uid: str) -> TestResponse:
    """Wait for a card as the slip's page does, tap one at the desk's reader, and go on."""
    page = desk.get(f"/panel/slips/{slip.id}").text
    wanted = re.search(r'name="purpose" value="([^"]+)"', page)
    assert wanted is not None
    then = f"/panel/slips/{slip.id}/approve-by-card"
    waiting = desk.post("/panel/desk", purpose=wanted[1], then=then, back=f"/panel/slips/{slip.id}").text
    wish = re.search(r'name="give_up" value="([0-9a-f-]+)"', waiting)
    assert wish is not None
    before = gate.appliance.feed.last_seq
    gate.desk_reader().tap(bytes.fromhex(uid))
    gate.wait_for_entry("desk.card_tapped", before)
    return desk.post(then, wish=wish[1])


def test_the_owners_card_at_the_desk_signs_for_exactly_this_slip(desk: Guard, gate: TestGate, ask: Request) -> None:
    slip = ask()
    add = gate.appliance.cards.add
    owners = add(actor="user clerk", uid="04A1B2C3D4E5F6", holder="李太", unit=UNIT, is_owner=True)
    tenants = add(actor="user clerk", uid="04A1B2C3D4E5F7", holder="陳生", unit=UNIT)
    assert items_digest(slip.number, slip.items) in desk.get(f"/panel/slips/{slip.id}").text
    assert desk.post(f"/panel/slips/{slip.id}/approve-by-card", card_id=owners.id).status_code == 409
    assert "not the word" in tapped(desk, gate, slip, tenants.uid).text
    assert "not on record" in tapped(desk, gate, slip, "04FFFFFFFFFFF1").text
    assert gate.appliance.goods.slip_queries.get(slip.id).state is SlipState.REQUESTED
    assert tapped(desk, gate, slip, owners.uid).status_code == 303
    approved = gate.appliance.goods.slip_queries.get(slip.id)
    assert (approved.approval_method, approved.approved_by) == (ApprovalMethod.OWNER_CARD, f"card {owners.id}")
    assert gate.entries("slip.approved", slip=slip.id)[0].payload["card"] == owners.id


def test_its_papers_are_counted(desk: Guard, gate: TestGate, ask: Request) -> None:
    slip = ask(is_approved=True)
    paper = desk.post(f"/panel/slips/{slip.id}/paper.pdf", language="en")
    assert paper.data.startswith(b"%PDF-")
    assert desk.post(f"/panel/slips/{slip.id}/print", language="zh_Hant").status_code == 303
    assert gate.wait_for_entry("slip_paper.printed")
    assert gate.appliance.goods.slip_queries.get(slip.id).copies == 2


@pytest.mark.parametrize(("act", "state"), [("refuse", "refused"), ("void", "void")])
def test_a_slip_is_ended_for_a_reason(desk: Guard, gate: TestGate, ask: Request, act: str, state: str) -> None:
    slip = ask()
    assert desk.post(f"/panel/slips/{slip.id}/{act}").status_code == 422
    assert desk.post(f"/panel/slips/{slip.id}/{act}", reason="Typed twice").status_code == 303
    ended = gate.appliance.goods.slip_queries.get(slip.id)
    assert (ended.state.value, ended.reason) == (state, "Typed twice")
    assert gate.entries(f"slip.{state}", slip=slip.id)[0].actor == "user frontdesk"
    assert desk.post(f"/panel/slips/{slip.id}/{act}", reason="Again").status_code == 409
    assert desk.get(f"/panel/slips/{slip.id}/reissue").status_code == 409


def test_a_slip_is_reissued_for_what_is_left(desk: Guard, gate: TestGate, ask: Request) -> None:
    goods = gate.appliance.goods
    old = ask(is_approved=True, items=(NewItem("梳化", 2, "張", photo=picture(kind="JPEG")), NewItem("電視機", 1)))
    goods.release.release(old.id, Load("out", {1: 1, 2: 1}), actor="user guard")
    page = desk.get(f"/panel/slips/{old.id}/reissue").text
    assert 'name="items.1.name" value="梳化"' in page
    assert 'name="items.1.quantity" value="1"' in page
    assert "電視機" not in page
    fields = filled(gate, items__1__quantity="1", vehicle_plate="CD 5678", items__1__photo_id=old.items[0].photo_id)
    wrong = send(desk, f"/panel/slips/{old.id}/reissue", **(fields | {"requested_by": ""}))
    assert wrong.status_code == 422
    assert goods.slip_queries.get(old.id).state is SlipState.APPROVED
    new = slip_of(send(desk, f"/panel/slips/{old.id}/reissue", **fields), gate)
    assert (new.replaces_id, new.items[0].photo_id) == (old.id, old.items[0].photo_id)
    assert goods.slip_queries.get(old.id).state is SlipState.VOID
    assert f'href="/panel/slips/{new.id}"' in desk.get(f"/panel/slips/{old.id}").text
    assert f'href="/panel/slips/{old.id}"' in desk.get(f"/panel/slips/{new.id}").text


# --- what becomes of pieces ---


def test_lost_and_damaged_pieces_are_noted_with_a_reason(guard: Guard, gate: TestGate, ask: Request) -> None:
    slip = ask(is_approved=True)
    path = f"/panel/slips/{slip.id}/lost"
    assert guard.post(path, line="1", quantity="1", kind="damaged").status_code == 422
    for line, quantity in (("1", "3"), ("9", "1"), ("1", "x")):
        assert guard.post(path, line=line, quantity=quantity, kind="lost", reason="Gone").status_code == 422
    assert guard.post(path, line="1", quantity="1", kind="damaged", reason="Leg broke").status_code == 303
    movement = gate.appliance.goods.slip_queries.movements(slip.id)[0]
    assert (movement.kind, movement.quantity, movement.reason) == (MovementKind.DAMAGED, 1, "Leg broke")
    assert "Leg broke" in guard.get(f"/panel/slips/{slip.id}").text


def test_what_is_to_come_back_is_taken_back(guard: Guard, gate: TestGate, ask: Request) -> None:
    goods, now = gate.appliance.goods, gate.appliance.clock.now()
    slip = ask(is_approved=True, items=(NewItem("Projector", 2, returnable_until=now + timedelta(microseconds=1)),))
    assert "Take back" not in guard.get(f"/panel/slips/{slip.id}").text
    goods.release.release(slip.id, Load("out", {1: 2}), actor="user guard")
    assert "Take back" in guard.get(f"/panel/slips/{slip.id}").text
    assert slip.number in guard.get("/panel/slips?view=late").text
    assert "Goods of one release slip were not brought back" in guard.get("/panel/parts/alerts").text
    assert guard.post(f"/panel/slips/{slip.id}/returned", line="1", quantity="3").status_code == 422
    assert guard.post(f"/panel/slips/{slip.id}/returned", line="1", quantity="2").status_code == 303
    assert "not brought back" not in guard.get("/panel/parts/alerts").text


# --- finding ---


def test_a_slip_is_found_by_what_is_known_and_paged(desk: Guard, ask: Request) -> None:
    slip = ask(items=(NewItem("古董鐘", 1),), vehicle_plate="ZZ 77", unit="2-C-12-A")
    for query in ("古董", "zz7", "2-C-12-A", slip.number.lower()):
        page = desk.get(f"/panel/slips?q={query}").text
        assert re.findall(r'class="row-link number" href="/panel/slips/([0-9a-f]+)"', page) == [slip.id], query
    assert "Nothing was found." in desk.get("/panel/slips?q=unheard-of").text
    assert slip.number not in desk.get("/panel/slips?state=void").text
    for _count in range(26):
        ask()
    first = desk.get("/panel/slips?q=&state=requested").text
    older = re.findall(r'rel="next" href="([^"]+)"', first)[0].replace("&amp;", "&")
    assert "state=requested" in older
    assert slip.number in desk.get(older).text


def test_each_list_has_what_waits_for_somebody(desk: Guard, guard: Guard, gate: TestGate, ask: Request) -> None:
    now = gate.appliance.clock.now()
    waiting, good = ask(), ask(is_approved=True)
    later = ask(is_approved=True, not_before=now + timedelta(days=1), not_after=now + timedelta(days=2))
    assert guard.post(f"/panel/slips/{good.id}/ask-reissue", lane="out").location == f"/panel/slips/{good.id}"

    def listed(view: str) -> set[str]:
        return {
            slip.number for slip in (waiting, good, later) if slip.number in desk.get(f"/panel/slips?view={view}").text
        }

    assert (listed("waiting"), listed("today"), listed("reissue")) == ({waiting.number}, {good.number}, {good.number})
    assert "The gate wants another release slip" in guard.get("/panel/parts/alerts").text


def test_a_typed_number_leads_to_where_goods_leave(desk: Guard, guard: Guard, ask: Request) -> None:
    slip = ask()
    assert guard.get(f"/panel/slips/find?number=+{slip.number.lower()}+").location == f"/panel/slips/{slip.id}/release"
    assert desk.get(f"/panel/slips/find?number={slip.number}").location == f"/panel/slips/{slip.id}"
    assert guard.get("/panel/slips/find?number=R2020-00001").location == "/panel/slips?q=R2020-00001"


def test_the_code_of_a_slip_is_for_the_desk(desk: Guard, guard: Guard, ask: Request) -> None:
    slip = ask()
    assert desk.get(f"/panel/slips/{slip.id}/code.svg").mimetype == "image/svg+xml"
    assert guard.get(f"/panel/slips/{slip.id}/code.svg").status_code == 403
