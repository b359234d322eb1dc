"""Identity documents at the panel: asked for where demanded, shown masked, whole for few and with a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kiosk.domain.roles import Permission, Role, may
from kiosk.domain.visits import Visit
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.visitor import visits
from web import create_app

ASKS = {"guest": {"asks": {"name": "required", "document": "required"}, "photo": "required"}}
FORM = {"kind": "guest", "unit": "1-A-1-A", "visitor_name": "陳大文", "document_kind": "mainland"}
NUMBER = "11010519491231002X"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=document(visits={"kinds": ASKS})) as running:
        for role in Role:
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


@pytest.fixture(scope="module")
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)


@pytest.fixture
def visit(guard: Guard, gate: TestGate) -> Visit:
    answer = guard.post("/panel/sign-in", **FORM, document=NUMBER.lower())
    assert answer.status_code == 303, answer.text
    return visits(gate)[0]


def written(gate: TestGate, after: int) -> list[str]:
    """The types of what was journalled since; the visit's receipt comes out of the printer meanwhile."""
    return [entry.type for entry in gate.entries("", after) if not entry.type.startswith("receipt.")]


def test_the_form_asks_and_the_page_shows_the_end(guard: Guard, visit: Visit) -> None:
    assert 'name="document"' in guard.get("/panel/sign-in?kind=guest").text
    assert 'name="document"' not in guard.get("/panel/sign-in?kind=other").text
    page = guard.get(f"/panel/visits/{visit.id}").text
    assert "****002X" in page
    assert "Show the whole number" not in page, "a guard may not"
    assert NUMBER[:14] not in page


def test_a_wrong_number_comes_back_with_a_sentence(guard: Guard, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    answer = guard.post("/panel/sign-in", **FORM, document="110105194912310021")
    assert answer.status_code == 422
    assert "its last character does not fit the others" in answer.text
    assert '<option value="mainland" selected>' in answer.text
    assert written(gate, before) == []


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_the_whole_number_and_what_is_left_of_it(app: Flask, gate: TestGate, visit: Visit, role: Role) -> None:
    reader = Guard(app)
    reader.log_in(role.value)
    before = gate.appliance.feed.last_seq
    answer = reader.post(f"/panel/visits/{visit.id}/document", why="incident")
    if may(role, Permission.SEE_DOCUMENTS):
        assert role in {Role.SUPERVISOR, Role.ADMIN}
        assert answer.status_code == 200
        assert NUMBER in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        (told,) = gate.entries("visit.document_seen", before, visit=visit.id)
        assert told.payload["why"] == "incident"
        assert NUMBER not in repr(told)
    else:
        assert answer.status_code == 403
        assert NUMBER not in answer.text
        assert written(gate, before) == []


def test_without_a_reason_nothing_is_shown(app: Flask, gate: TestGate, visit: Visit) -> None:
    boss = Guard(app)
    boss.log_in("supervisor")
    assert "Show the whole number" in boss.get(f"/panel/visits/{visit.id}").text
    before = gate.appliance.feed.last_seq
    for why in ("", "curiosity"):
        answer = boss.post(f"/panel/visits/{visit.id}/document", why=why)
        assert (answer.status_code, NUMBER in answer.text) == (422, False)
    assert written(gate, before) == []


def test_no_list_and_no_file_has_it(app: Flask, visit: Visit) -> None:
    boss = Guard(app)
    boss.log_in("admin")
    taken = boss.get("/panel/visits.csv").text
    assert visit.number in taken
    assert "002X" not in taken
    assert "002X" not in boss.get("/panel/visits").text


def test_a_guard_signs_in_without_a_photo_who_would_rather_not_have_one(guard: Guard, visit: Visit) -> None:
    form = guard.get("/panel/sign-in?kind=guest").text
    assert "No photo" in form
    assert form.count("checked") == 1, "the camera stays the first choice"
    assert visit.photo_id is None
