"""Time profiles on record, and what admission is told of them while they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, update

from kiosk.domain.time_profiles import DAY_MIN, Day, Span, TimeProfile
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.time_profiles import MAX_PROFILES, NamedProfile, TimeProfileService
from kiosk.store import journal
from kiosk.store.tables import cards
from tests.support.desk import UNIT, Desk, open_desk

CLERK = "user clerk"
MORNINGS = TimeProfile({Day.MONDAY: (Span(480, 720),)})
ALWAYS = TimeProfile(dict.fromkeys(Day, (Span(0, DAY_MIN),)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def profiles(desk: Desk) -> TimeProfileService:
    return TimeProfileService(desk.store)


def give(desk: Desk, profile: NamedProfile, uid: str = "04A1B2C3D4E5F6") -> None:
    """Put a card with that profile on record."""
    card = desk.cards.add(actor=CLERK, uid=uid, holder="何美玲", unit=UNIT)
    with desk.store.write() as transaction:
        transaction.connection.execute(update(cards).where(cards.c.id == card.id).values(time_profile_id=profile.id))


def journalled(desk: Desk) -> list[tuple[str, str, dict]]:
    with desk.store.read() as connection:
        entries = journal.after(connection, 0, 1000)
    return [(entry.actor, entry.type, dict(entry.payload)) for entry in entries if "time_profile" in entry.type]


def test_a_profile_from_its_making_to_its_end(desk, profiles):
    added = profiles.add(actor=CLERK, name=" 早上 ", profile=MORNINGS)
    assert added.name == "早上"
    assert profiles.get(added.id) == profiles.all()[0] == added
    changed = profiles.change(added.id, actor=CLERK, name="Always", profile=ALWAYS)
    assert profiles.get(added.id) == changed == NamedProfile(added.id, "Always", ALWAYS)
    profiles.change(added.id, actor=CLERK, name="Always", profile=ALWAYS)
    profiles.remove(added.id, actor=CLERK)
    assert profiles.all() == []
    assert journalled(desk) == [
        (CLERK, f"time_profile.{what}", {"time_profile": added.id}) for what in ("added", "changed", "removed")
    ]


def test_what_is_not_there(desk, profiles):
    for act in (
        lambda: profiles.get("none"),
        lambda: profiles.change("none", actor=CLERK, name="A", profile=ALWAYS),
        lambda: profiles.remove("none", actor=CLERK),
        lambda: profiles.profile_of("none"),
    ):
        with pytest.raises(NotFound):
            act()
    assert journalled(desk) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", FieldProblem.REQUIRED), (" \u200d ", FieldProblem.REQUIRED), ("x" * 65, FieldProblem.TOO_LONG),
        ("a\nb", FieldProblem.NOT_ONE_LINE), ("Office", FieldProblem.TAKEN), ("ＯＦＦＩＣＥ", FieldProblem.TAKEN),
        ("***", FieldProblem.TAKEN),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_used(profiles, name, problem):
    for taken in ("office", "***"):
        profiles.add(actor=CLERK, name=taken, profile=ALWAYS)
    other = profiles.add(actor=CLERK, name="other", profile=ALWAYS)
    for act in (
        lambda: profiles.add(actor=CLERK, name=name, profile=ALWAYS),
        lambda: profiles.change(other.id, actor=CLERK, name=name, profile=ALWAYS),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.fields == {"name": problem}


def test_a_profile_keeps_its_own_name(profiles):
    added = profiles.add(actor=CLERK, name="x" * 64, profile=ALWAYS)
    assert profiles.change(added.id, actor=CLERK, name="X" * 64, profile=MORNINGS).name == "X" * 64


def test_a_profile_that_a_card_has_stays(desk, profiles):
    used, unused = (profiles.add(actor=CLERK, name=name, profile=ALWAYS) for name in ("used", "unused"))
    give(desk, used)
    give(desk, used, "04A1B2C3D4E5F7")
    assert profiles.uses() == {used.id: 2}
    with pytest.raises(Conflict) as refused:
        profiles.remove(used.id, actor=CLERK)
    assert refused.value.code == "profile-in-use"
    profiles.remove(unused.id, actor=CLERK)
    assert profiles.all() == [used]


def test_there_is_an_end_to_them(profiles):
    for number in range(MAX_PROFILES):
        profiles.add(actor=CLERK, name=str(number), profile=ALWAYS)
    with pytest.raises(Conflict) as refused:
        profiles.add(actor=CLERK, name="more", profile=ALWAYS)
    assert refused.value.code == "too-many-profiles"


class TestKept:
    """What admission is told without the database being asked."""

    @pytest.fixture
    def added(self, profiles: TimeProfileService) -> NamedProfile:
        return profiles.add(actor=CLERK, name="Mornings", profile=MORNINGS)

    def test_the_database_is_asked_once(self, desk, profiles, added):
        asked = []
        with desk.store.read() as connection:
            event.listen(connection.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert [profiles.profile_of(added.id) for _ in range(3)] == [added] * 3
        assert len([statement for statement in asked if statement != "BEGIN"]) == 1

    def test_a_change_holds_at_once(self, profiles, added):
        assert profiles.profile_of(added.id).profile == MORNINGS
        profiles.change(added.id, actor=CLERK, name="Mornings", profile=ALWAYS)
        assert profiles.profile_of(added.id).profile == ALWAYS
        profiles.remove(added.id, actor=CLERK)
        with pytest.raises(NotFound):
            profiles.profile_of(added.id)

    def test_within_a_write_it_waits_for_nobody(self, desk, profiles, added):
        with desk.store.write():
            assert profiles.profile_of(added.id) == added

    def test_what_was_read_before_a_change_is_not_kept_after_it(self, desk, added):
        class Slow(TimeProfileService):
            """Changes the profile when it has been read and before it is handed on."""

            def get(self, profile_id: str) -> NamedProfile:
                found = super().get(profile_id)
                self.change(profile_id, actor=CLERK, name="Mornings", profile=ALWAYS)
                return found

        slow = Slow(desk.store)
        assert slow.profile_of(added.id).profile == MORNINGS
        assert slow.profile_of(added.id).profile == ALWAYS

    def test_a_change_that_fails_leaves_all_as_it_was(self, profiles, added):
        assert profiles.profile_of(added.id) == added
        with pytest.raises(Invalid):
            profiles.change(added.id, actor=CLERK, name="", profile=ALWAYS)
        assert profiles.profile_of(added.id) == added
