"""A handover from its list to the second signature, with what is refused, what changes in between, and a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kiosk.config import PanelSettings
from kiosk.domain.handovers import HandoverSheet, HandoverState, Means, Side
from kiosk.domain.roles import Role
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.accounts import AccountService, User
from kiosk.services.handovers import HandoverFilter, HandoverService
from kiosk.store import journal
from tests.support import slips_at_desk as slips
from tests.support.desk import UNIT, Desk, open_desk

PASSWORD = "correct horse battery"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def service(desk: Desk) -> HandoverService:
    return desk.shifts.handovers


@pytest.fixture
def people(desk: Desk) -> dict[str, User]:
    accounts = AccountService(desk.store, desk.clock, PanelSettings())
    roles = {"chan": Role.GUARD, "lee": Role.GUARD, "mok": Role.SUPERVISOR, "clerk": Role.CLERK}
    return {name: accounts.add_user(name, role, PASSWORD) for name, role in roles.items()}


@pytest.fixture
def sheet(desk: Desk, service: HandoverService, people: dict[str, User]) -> HandoverSheet:
    """Opened by chan for lee, with a slip and a visitor card on it."""
    slips.approve(desk)
    card = desk.cards.add(actor="user clerk", uid="04A1B2C3", holder="V1", unit=UNIT, for_visits=True)
    desk.visits.lend_card(desk.sign_in().visit.id, card.id, actor="user chan")
    opened = service.open(people["chan"])
    return service.name(opened.handover.id, "lee", actor="user chan")


def code(act: Callable[..., object], *arguments: object, **named: object) -> str:
    with pytest.raises(Conflict) as refused:
        act(*arguments, **named)
    return refused.value.code


def sign(service: HandoverService, sheet: HandoverSheet, signer: User, side: Side) -> HandoverSheet:
    digest = service.get(sheet.handover.id).digest
    return service.sign(sheet.handover.id, side, signer, Means.PIN, digest=digest)


def told(desk: Desk, *types: str) -> list[tuple[str, dict[str, object]]]:
    with desk.store.read() as connection:
        return [(entry.type, dict(entry.payload)) for entry in journal.latest(connection, frozenset(types), 50)]


def test_both_sign_and_it_is_read_only_for_ever(
    desk: Desk, service: HandoverService, people: dict[str, User], sheet: HandoverSheet
) -> None:
    id_ = sheet.handover.id
    assert [one.item.kind.value for one in sheet.items] == ["slip", "visitor-card"]
    assert code(service.open, people["lee"]) == "handover-open"
    service.note(id_, "後門鎖壞了", actor="user chan")
    service.note(id_, " 收到 ", actor="user chan", side=Side.INCOMING)
    desk.clock.move(timedelta(minutes=5))
    once = sign(service, sheet, people["chan"], Side.OUTGOING)
    assert once.handover.state is HandoverState.SIGNED
    assert service.current() == once.handover
    ended = sign(service, sheet, people["lee"], Side.INCOMING)
    assert ended.handover.state is HandoverState.ENDED
    assert ended.handover.ended_at == desk.clock.now()
    assert [(note.author, note.text) for note in ended.notes] == [("user chan", "後門鎖壞了"), ("user lee", "收到")]
    assert service.current() is None
    for act in (
        lambda: service.note(id_, "x", actor="user chan"),
        lambda: service.refuse(id_, ended.items[0].number, "x", actor="user chan"),
        lambda: service.accept(id_, ended.items[0].number, actor="user chan"),
        lambda: service.name(id_, "mok", actor="user chan"),
        lambda: service.list_anew(id_, actor="user chan"),
        lambda: service.cancel(id_, "x", actor="user chan"),
        lambda: sign(service, sheet, people["chan"], Side.OUTGOING),
    ):
        assert code(act) == "handover-ended"
    assert service.get(id_) == ended
    assert told(desk, "handover.opened", "handover.ended") == [
        ("handover.opened", {"handover": id_, "items": 2}),
        ("handover.ended", {"handover": id_, "items": 2, "refused": 0}),
    ]
    assert service.open(people["lee"]).handover.outgoing == "lee"


def test_what_is_refused_stands_apart_and_is_told_without_the_number_of_a_card(
    desk: Desk, service: HandoverService, people: dict[str, User], sheet: HandoverSheet
) -> None:
    id_ = sheet.handover.id
    for one in sheet.items:
        service.refuse(id_, one.number, "不知道在哪裏", actor="user chan")
    service.accept(id_, sheet.items[1].number, actor="user chan")
    found = service.get(id_)
    assert [(one.item.kind.value, one.remark) for one in found.refused] == [("slip", "不知道在哪裏")]
    assert [one.remark for one in found.taken] == [""]
    slip, card = (one.item for one in sheet.items)
    assert told(desk, "handover.refused") == [
        ("handover.refused", {"handover": id_, "kind": "slip", "number": slip.label}),
        ("handover.refused", {"handover": id_, "kind": "visitor-card", "card": card.subject_id}),
    ]
    sign(service, sheet, people["chan"], Side.OUTGOING)
    sign(service, sheet, people["lee"], Side.INCOMING)
    (line,) = service.page(HandoverFilter(), before=None, limit=5).items
    assert (line.items, line.refused) == (2, 1)


def test_whoever_signs_signs_what_was_shown(
    desk: Desk, service: HandoverService, people: dict[str, User], sheet: HandoverSheet
) -> None:
    id_, shown = sheet.handover.id, sheet.digest
    service.note(id_, "x", actor="user lee")
    assert code(service.sign, id_, Side.OUTGOING, people["chan"], Means.PIN, digest=shown) == "handover-changed"
    assert code(sign, service, sheet, people["lee"], Side.OUTGOING) == "not-this-side"
    sign(service, sheet, people["chan"], Side.OUTGOING)
    assert code(sign, service, sheet, people["chan"], Side.OUTGOING) == "signed-already"
    slips.approve(desk)
    anew = service.list_anew(id_, actor="user lee")
    assert (anew.handover.state, len(anew.items)) == (HandoverState.OPEN, 3)
    assert told(desk, "handover.unsigned", "handover.listed") == [
        ("handover.unsigned", {"handover": id_, "sides": ["outgoing"]}),
        ("handover.listed", {"handover": id_, "items": 1}),
    ]
    assert len(service.list_anew(id_, actor="user lee").items) == 3, "what is on it already is not added again"


def test_another_who_takes_over_begins_without_the_refusals_of_the_first(
    service: HandoverService, sheet: HandoverSheet
) -> None:
    id_ = sheet.handover.id
    service.refuse(id_, sheet.items[0].number, "x", actor="user chan")
    assert service.name(id_, "lee", actor="user chan").refused, "the same again changes nothing"
    assert service.name(id_, "mok", actor="user chan").refused == []
    assert code(service.name, id_, "chan", actor="user chan") == "hands-to-self"
    for nobody in ("nobody", "clerk"):
        with pytest.raises(Invalid):
            service.name(id_, nobody, actor="user chan")


def test_nobody_refuses_or_speaks_for_whoever_is_not_named(
    desk: Desk, service: HandoverService, people: dict[str, User]
) -> None:
    slips.approve(desk)
    opened = service.open(people["chan"])
    refuse = (opened.handover.id, opened.items[0].number, "x")
    assert code(service.refuse, *refuse, actor="user chan") == "nobody-takes-over"
    assert code(sign, service, opened, people["chan"], Side.OUTGOING) == "nobody-takes-over"
    assert code(service.note, opened.handover.id, "x", actor="user chan", side=Side.INCOMING) == "nobody-takes-over"


def test_bad_input_changes_nothing(service: HandoverService, sheet: HandoverSheet) -> None:
    id_, number = sheet.handover.id, sheet.items[0].number
    for typed, problem in ((" ", FieldProblem.REQUIRED), ("x" * 501, FieldProblem.TOO_LONG)):
        for name, act in (
            ("note", lambda typed=typed: service.note(id_, typed, actor="user chan")),
            ("remark", lambda typed=typed: service.refuse(id_, number, typed, actor="user chan")),
            ("reason", lambda typed=typed: service.cancel(id_, typed, actor="user chan")),
        ):
            with pytest.raises(Invalid) as refused:
                act()
            assert refused.value.fields == {name: problem}
    with pytest.raises(NotFound):
        service.refuse(id_, 999, "x", actor="user chan")
    with pytest.raises(NotFound):
        service.note("0" * 32, "x", actor="user chan")
    assert service.get(id_) == sheet


def test_one_that_is_abandoned_is_cancelled_and_its_reason_stays(
    desk: Desk, service: HandoverService, people: dict[str, User], sheet: HandoverSheet
) -> None:
    sign(service, sheet, people["chan"], Side.OUTGOING)
    cancelled = service.cancel(sheet.handover.id, "李生病假", actor="user mok")
    assert cancelled.handover.state is HandoverState.CANCELLED
    assert cancelled.notes[-1].text == "李生病假"
    assert told(desk, "handover.cancelled") == [("handover.cancelled", {"handover": sheet.handover.id})]
    assert service.current() is None


def test_a_crash_between_the_signatures_loses_neither_the_first_nor_makes_half_of_the_second(
    desk: Desk, service: HandoverService, people: dict[str, User], sheet: HandoverSheet, tmp_path: Path
) -> None:
    sign(service, sheet, people["chan"], Side.OUTGOING)
    with desk.store.write() as transaction:
        transaction.connection.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON journal WHEN NEW.type = 'handover.ended' "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
    with pytest.raises(DatabaseError):
        sign(service, sheet, people["lee"], Side.INCOMING)
    assert service.get(sheet.handover.id).handover.state is HandoverState.SIGNED
    assert [facts["side"] for _type, facts in told(desk, "handover.signed")] == ["outgoing"]
    desk.store.close()
    with open_desk(tmp_path, clock=desk.clock) as again:
        with again.store.write() as transaction:
            transaction.connection.execute(text("DROP TRIGGER full"))
        found = again.shifts.handovers.current()
        assert found is not None
        assert list(found.signatures) == [Side.OUTGOING]
        assert sign(again.shifts.handovers, sheet, people["lee"], Side.INCOMING).handover.is_over


def test_past_ones_are_read_by_pages_and_by_who_and_when(
    desk: Desk, service: HandoverService, people: dict[str, User]
) -> None:
    for name in ("chan", "lee", "chan"):
        service.cancel(service.open(people[name]).handover.id, "x", actor="user mok")
        desk.clock.move(timedelta(days=1))
    first = service.page(HandoverFilter(), before=None, limit=2)
    assert [line.handover.outgoing for line in first.items] == ["chan", "lee"]
    rest = service.page(HandoverFilter(), before=first.next_after, limit=2)
    assert ([line.handover.outgoing for line in rest.items], rest.next_after) == (["chan"], None)
    newest = desk.clock.now() - timedelta(days=1, hours=1)
    for wanted, count in (
        (HandoverFilter(who="chan"), 2),
        (HandoverFilter(state=HandoverState.OPEN), 0),
        (HandoverFilter(since=newest), 1),
    ):
        assert len(service.page(wanted, before=None, limit=5).items) == count
