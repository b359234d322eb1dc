"""Invitations: what they open, for whom, how long, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.domain.access import Code
from kiosk.domain.invitations import LONGEST, InvitationState, NewInvitation
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.invitations import MAX_OPEN
from kiosk.services.resident_links import NewLink
from kiosk.store import journal
from kiosk.store.tables import passes
from tests.support.appliance import UNITS
from tests.support.desk import UNIT, Desk, open_desk

MORNINGS = TimeProfile({Day.MONDAY: (Span(540, 720),), Day.THURSDAY: (Span(540, 720),)})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


def new(desk: Desk, **change) -> NewInvitation:
    now = desk.clock.now()
    return replace(NewInvitation(UNIT, "李小明", now, now + timedelta(hours=8)), **change)


def invite(desk: Desk, **change):
    return desk.invitations.invite(new(desk, **change), actor="api app")


def test_the_code_of_an_invitation_lets_its_guest_in_once_and_out(desk: Desk) -> None:
    invitation = invite(desk, phone="9876 5432", vehicle_plate="AB 1234")
    assert invitation.state(desk.clock.now()) is InvitationState.OPEN
    assert (invitation.phone, invitation.vehicle_plate, invitation.link_id) == ("9876 5432", "AB 1234", None)
    assert desk.show(invitation.token).decision.code is Code.GRANTED
    spent = desk.invitations.get(invitation.id)
    assert (spent.state(desk.clock.now()), spent.uses) == (InvitationState.USED, 1)
    assert desk.show(invitation.token, "out").decision.granted
    assert desk.show(invitation.token).decision.code is Code.USED


def test_who_comes_and_goes_does(desk: Desk) -> None:
    token = invite(desk, comes_and_goes=True).token
    assert [desk.show(token, lane).decision.granted for lane in ("in", "out", "in", "out")] == [True] * 4


def test_a_recurring_guest_has_the_hours_on_the_pass(desk: Desk) -> None:
    invitation = invite(desk, weekly=MORNINGS, not_after=desk.clock.now() + timedelta(days=90))
    assert (invitation.weekly, invitation.max_uses) == (MORNINGS, None)
    with desk.store.read() as connection:
        row = connection.execute(select(passes).where(passes.c.id == invitation.pass_id)).one()
    assert row.weekly == {"mon": [[540, 720]], "thu": [[540, 720]]}


def test_the_name_of_a_recurring_guest_opens_nothing(tmp_path: Path) -> None:
    with open_desk(tmp_path, visits={"kinds": {"guest": {"approval": "pre-registration"}}}) as desk:
        invite(desk, weekly=MORNINGS)
        assert desk.sign_in("李小明").issued is None
        invite(desk)
        assert desk.sign_in("李小明").issued is not None


def test_a_withdrawn_invitation_opens_nothing_and_its_name_neither(tmp_path: Path) -> None:
    with open_desk(tmp_path, visits={"kinds": {"guest": {"approval": "pre-registration"}}}) as desk:
        invitation = invite(desk, comes_and_goes=True)
        assert desk.sign_in("李小明").issued is not None
        revoked = desk.invitations.revoke(invitation.id, actor="api app", unit=UNIT)
        assert revoked.state(desk.clock.now()) is InvitationState.REVOKED
        assert desk.show(invitation.token).decision.code is Code.REVOKED
        assert desk.sign_in("李小明").issued is None
        with pytest.raises(Conflict) as refusal:
            desk.invitations.revoke(invitation.id, actor="api app")
        assert refusal.value.code == "already-revoked"


def test_an_invitation_is_over_at_its_end(desk: Desk) -> None:
    invitation = invite(desk)
    desk.clock.move(timedelta(hours=8))
    assert desk.invitations.get(invitation.id).state(desk.clock.now()) is InvitationState.OVER
    assert desk.invitations.open_of(UNIT) == []


def test_one_unit_neither_sees_nor_ends_what_is_anothers(desk: Desk) -> None:
    mine, other = invite(desk), UNITS[1].code
    for call in (
        lambda: desk.invitations.get(mine.id, unit=other),
        lambda: desk.invitations.revoke(mine.id, actor="host x", unit=other),
        lambda: desk.invitations.get("none"),
    ):
        with pytest.raises(NotFound):
            call()
    assert desk.invitations.page(other, before=None, limit=10).items == []
    assert [one.id for one in desk.invitations.page(UNIT, before=None, limit=10).items] == [mine.id]


def test_the_journal_says_which_and_not_who(desk: Desk) -> None:
    link, _token = desk.links.make(NewLink(UNIT, "陳太 phone"), actor="user clerk")
    invitation = desk.invitations.invite(new(desk), actor=link.actor, link=link)
    assert (invitation.link_id, invitation.link_name) == (link.id, "陳太 phone")
    with desk.store.read() as connection:
        (entry,) = journal.latest(connection, frozenset({"invitation.made"}), 5)
    assert (entry.actor, entry.payload) == (
        f"host {link.id}", {"invitation": invitation.id, "pass": invitation.pass_id},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"visitor_name": " "}, "visitor_name", FieldProblem.REQUIRED),
        ({"visitor_name": "x" * 81}, "visitor_name", FieldProblem.TOO_LONG),
        ({"phone": "no"}, "phone", FieldProblem.NOT_A_PHONE),
        ({"vehicle_plate": "x" * 17}, "vehicle_plate", FieldProblem.TOO_LONG),
        ({"unit": "nowhere"}, "unit", FieldProblem.UNKNOWN_UNIT),
        ({"weekly": TimeProfile({})}, "weekly", FieldProblem.REQUIRED),
    ],
)
def test_what_cannot_be_used_is_refused(desk: Desk, change, field, problem) -> None:
    with pytest.raises(Invalid) as refusal:
        invite(desk, **change)
    assert refusal.value.fields == {field: problem}


@pytest.mark.parametrize(
    ("begins", "ends", "problem"),
    [
        (timedelta(hours=1), timedelta(hours=1), FieldProblem.ENDS_BEFORE_START),
        (timedelta(hours=-2), timedelta(0), FieldProblem.IN_THE_PAST),
        (timedelta(0), LONGEST + timedelta(seconds=1), FieldProblem.OUT_OF_RANGE),
    ],
)
def test_times_that_cannot_be_are_refused(desk: Desk, begins, ends, problem) -> None:
    now = desk.clock.now()
    with pytest.raises(Invalid) as refusal:
        invite(desk, not_before=now + begins, not_after=now + ends)
    assert refusal.value.fields == {"not_after": problem}


def test_there_is_an_end_to_open_ones_and_all_of_them_are_listed(desk: Desk) -> None:
    made = [invite(desk) for _ in range(MAX_OPEN)]
    with pytest.raises(Conflict) as refusal:
        invite(desk)
    assert refusal.value.code == "too-many-invitations"
    assert [one.id for one in desk.invitations.open_of(UNIT)] == [one.id for one in made]
    desk.invitations.revoke(made[0].id, actor="api app")
    invite(desk)
    invite(desk, unit=UNITS[1].code)
