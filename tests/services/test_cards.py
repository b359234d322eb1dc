"""The ledger of cards: what can be said of a card, what the journal keeps of it, and how it is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from kiosk.domain.access import CredentialState
from kiosk.domain.card_numbers import CardNumberFormat, write_number
from kiosk.domain.ids import new_id
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.card_queries import CardFilter, CardQueries
from kiosk.services.cards import Card, uid_of_number
from kiosk.store.journal import Entry, after
from kiosk.store.tables import cards, time_profiles
from tests.support.appliance import UNITS
from tests.support.desk import Desk, open_desk

CLERK = "user clerk"
UNIT, OTHER_UNIT = UNITS[0].code, UNITS[3].code


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def queries(desk: Desk) -> CardQueries:
    return CardQueries(desk.store)


@pytest.fixture
def profile(desk: Desk) -> str:
    """A time profile on record."""
    profile_id = new_id(desk.clock.now())
    row = {"id": profile_id, "name": "清潔", "days": {}, "created_at": desk.clock.now()}
    with desk.store.write() as transaction:
        transaction.connection.execute(insert(time_profiles), row)
    return profile_id


def add(desk: Desk, uid: str = "04A2245B6C7D80", holder: str = "何美玲", unit: str = UNIT, **details: Any) -> Card:
    return desk.cards.add(actor=CLERK, uid=uid, holder=holder, unit=unit, **details)


def entries(desk: Desk, type_: str = "card.changed") -> list[Entry]:
    with desk.store.read() as connection:
        return after(connection, 0, 1000, frozenset({type_}))


def found(queries: CardQueries, query: str, **narrower: Any) -> list[str]:
    page = queries.page(CardFilter(query, **narrower), before=None, limit=50)
    return [card.holder for card in page.items]


class TestOneCard:
    def test_everything_that_was_said_comes_back(self, desk: Desk, profile: str) -> None:
        said = {
            "valid_from": desk.clock.now(), "valid_to": desk.clock.now() + timedelta(days=1),
            "lanes": frozenset({"in", "side"}), "time_profile_id": profile, "group": "清潔", "for_duress": True,
            "is_owner": True,
        }  # fmt: skip
        card = add(desk, **said)
        assert desk.cards.get(card.id) == card
        assert {name: getattr(card, name) for name in said} == said
        assert (card.state, card.state_reason, card.state_at, card.state_by) == (CredentialState.ACTIVE, "", None, None)

    def test_a_change_is_told_from_what_to_what_and_names_nobody(self, desk: Desk, profile: str) -> None:
        card = add(desk)
        ends = desk.clock.now() + timedelta(days=9)
        desk.cards.change(
            card.id, actor=CLERK, holder="歐陽先生", group="保安", unit=OTHER_UNIT, lanes=frozenset({"out", "in"}),
            time_profile_id=profile, for_duress=True, is_owner=True, valid_to=ends,
        )  # fmt: skip
        (entry,) = entries(desk)
        assert (entry.actor, entry.payload["card"]) == (CLERK, card.id)
        assert entry.payload["changed"] == {
            "holder": {},
            "group": {},
            "unit": {"from": UNIT, "to": OTHER_UNIT},
            "lanes": {"from": None, "to": ["in", "out"]},
            "time_profile": {"from": None, "to": profile},
            "for_duress": {"from": False, "to": True},
            "is_owner": {"from": False, "to": True},
            "valid_to": {"from": None, "to": ends.isoformat()},
        }
        changed = desk.cards.get(card.id)
        assert (changed.holder, changed.group, changed.unit) == ("歐陽先生", "保安", OTHER_UNIT)
        assert changed.lanes == {"in", "out"}

    def test_what_is_none_is_taken_back(self, desk: Desk, profile: str) -> None:
        card = add(desk, lanes=frozenset({"in"}), time_profile_id=profile, valid_from=desk.clock.now())
        after = desk.cards.change(card.id, actor=CLERK, lanes=None, time_profile_id=None, valid_from=None)
        assert (after.lanes, after.time_profile_id, after.valid_from) == (None, None, None)
        assert desk.cards.get(card.id) == after

    def test_another_state_has_its_reason_its_time_and_whose_act_it_was(self, desk: Desk) -> None:
        card = add(desk)
        desk.clock.move(timedelta(hours=1))
        lost = desk.cards.set_state(card.id, CredentialState.LOST, actor=CLERK, reason=" left in a taxi ")
        assert (lost.state_reason, lost.state_at, lost.state_by) == ("left in a taxi", desk.clock.now(), CLERK)
        (entry,) = entries(desk)
        assert entry.payload == {"card": card.id, "changed": {"state": {}}, "from": "active", "to": "lost"}

    def test_a_couriers_card_is_found_by_its_company_and_is_nothing_else(
        self, desk: Desk, queries: CardQueries
    ) -> None:
        card = add(desk, carrier=" DHL ")
        assert desk.cards.get(card.id).carrier == "DHL"
        assert found(queries, "DHL") == [card.holder]
        for other in ({"is_owner": True}, {"for_duress": True}):
            with pytest.raises(Invalid) as refused:
                desk.cards.change(card.id, actor=CLERK, **other)
            assert refused.value.fields == {"carrier": FieldProblem.NOT_OF_KIND}
        with pytest.raises(Invalid):
            add(desk, uid="01020304", carrier="DHL", for_visits=True)
        for wrong in ("x" * 61, "D\nHL"):
            with pytest.raises(Invalid):
                desk.cards.change(card.id, actor=CLERK, carrier=wrong)
        assert desk.cards.change(card.id, actor=CLERK, carrier="").carrier == ""
        assert [entry.payload["changed"] for entry in entries(desk)] == [{"carrier": {}}]

    def test_the_same_again_changes_nothing(self, desk: Desk) -> None:
        card = add(desk)
        lost = desk.cards.set_state(card.id, CredentialState.LOST, actor=CLERK, reason="taxi")
        again = desk.cards.change(
            card.id, actor="user guard", reason="bus", state=CredentialState.LOST, holder=" 何美玲 ", lanes=None
        )
        assert again == lost
        assert len(entries(desk)) == 1

    def test_a_card_that_has_run_out_can_still_be_written_to(self, desk: Desk) -> None:
        card = add(desk, valid_to=desk.clock.now() + timedelta(days=1))
        desk.clock.move(timedelta(days=2))
        assert desk.cards.change(card.id, actor=CLERK, group="staff", valid_to=card.valid_to).group == "staff"

    @pytest.mark.parametrize(
        ("change", "field", "problem"),
        [
            ({"holder": " "}, "holder", FieldProblem.REQUIRED),
            ({"holder": "A" * 81}, "holder", FieldProblem.TOO_LONG),
            ({"holder": "A\nB"}, "holder", FieldProblem.NOT_ONE_LINE),
            ({"unit": "nowhere"}, "unit", FieldProblem.UNKNOWN_UNIT),
            ({"lanes": frozenset()}, "lanes", FieldProblem.UNKNOWN_LANE),
            ({"lanes": frozenset({"in", "roof"})}, "lanes", FieldProblem.UNKNOWN_LANE),
            ({"time_profile_id": "0" * 32}, "time_profile", FieldProblem.UNKNOWN_PROFILE),
            ({"group": "A" * 33}, "group", FieldProblem.TOO_LONG),
            ({"group": "A\tB"}, "group", FieldProblem.NOT_ONE_LINE),
        ],
    )
    def test_what_cannot_be_is_refused_new_and_later(
        self, desk: Desk, change: dict[str, Any], field: str, problem: FieldProblem
    ) -> None:
        card = add(desk)
        for refused in (
            lambda: add(desk, "01020304", **change),
            lambda: desk.cards.change(card.id, actor=CLERK, **change),
        ):
            with pytest.raises(Invalid) as refusal:
                refused()
            assert refusal.value.fields == {field: problem}
        assert desk.cards.get(card.id) == card
        assert entries(desk) == []

    def test_times_fit_each_other_whichever_is_changed(self, desk: Desk) -> None:
        now, day = desk.clock.now(), timedelta(days=1)
        card = add(desk, valid_from=now, valid_to=now + day)
        for change, problem in (
            ({"valid_to": now - day}, FieldProblem.ENDS_BEFORE_START),
            ({"valid_to": now - day, "valid_from": None}, FieldProblem.IN_THE_PAST),
            ({"valid_from": now + day}, FieldProblem.ENDS_BEFORE_START),
        ):
            with pytest.raises(Invalid) as refusal:
                desk.cards.change(card.id, actor=CLERK, **change)
            assert refusal.value.fields == {"valid_to": problem}

    def test_a_reason_is_one_line_that_is_not_too_long(self, desk: Desk) -> None:
        card = add(desk)
        for reason in ("A" * 201, "A\x00B"):
            with pytest.raises(Invalid) as refusal:
                desk.cards.set_state(card.id, CredentialState.LOST, actor=CLERK, reason=reason)
            assert set(refusal.value.fields) == {"reason"}

    def test_a_uid_is_on_record_once_and_a_card_that_is_not_there_is_not_changed(self, desk: Desk) -> None:
        add(desk)
        with pytest.raises(Conflict):
            add(desk, "04-A2-24-5B-6C-7D-80")
        with pytest.raises(NotFound):
            desk.cards.change("0" * 32, actor=CLERK, group="x")


class TestNumbers:
    @pytest.mark.parametrize(
        ("number", "form", "uid"),
        [
            ("04:a2:24:5b:6c:7d:80", CardNumberFormat.HEX, "04A2245B6C7D80"),
            ("1904649758", CardNumberFormat.DECIMAL_REVERSED, "1EA68671"),
            ("29062:42526", CardNumberFormat.WIEGAND_34_REVERSED, "1EA68671"),
        ],
    )
    def test_a_card_is_known_by_its_whole_number(self, number: str, form: CardNumberFormat, uid: str) -> None:
        assert uid_of_number(number, form) == uid

    @pytest.mark.parametrize(
        ("number", "form", "problem"),
        [
            ("116:23152", CardNumberFormat.WIEGAND_26, FieldProblem.NOT_ONE_CARD),
            ("15300:01160", CardNumberFormat.WIEGAND_34_REVERSED, FieldProblem.NOT_ONE_CARD),
            ("300:1", CardNumberFormat.WIEGAND_26, FieldProblem.NOT_A_CARD_NUMBER),
            ("何美玲", CardNumberFormat.DECIMAL, FieldProblem.NOT_A_CARD_NUMBER),
        ],
    )
    def test_a_part_of_a_uid_is_no_card(self, number: str, form: CardNumberFormat, problem: FieldProblem) -> None:
        with pytest.raises(Invalid) as refusal:
            uid_of_number(number, form)
        assert refusal.value.fields == {"number": problem}


class TestSearch:
    @pytest.fixture
    def ledger(self, desk: Desk) -> Desk:
        for index, (holder, unit, group) in enumerate(
            [
                ("何美玲", UNIT, ""),
                ("歐陽美玲", OTHER_UNIT, "清潔"),
                ("Wong Siu Ming", UNIT, "staff"),
                ("王小明", OTHER_UNIT, ""),
            ]
        ):
            add(desk, f"{index}1020304", holder, unit, group=group)
        return desk

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["王小明", "Wong Siu Ming", "歐陽美玲", "何美玲"]),
            ("美玲", ["歐陽美玲", "何美玲"]),
            ("何", ["何美玲"]),
            ("陽 美", ["歐陽美玲"]),
            ("siu mi", ["Wong Siu Ming"]),
            ("iu", []),
            ("ＷＯＮＧ", ["Wong Siu Ming"]),
            ("staff", ["Wong Siu Ming"]),
            ("清潔", ["歐陽美玲"]),
            (UNIT.lower(), ["Wong Siu Ming", "何美玲"]),
            ("11:02:03:04", ["歐陽美玲"]),
            ("%", []),
            ("'; DROP TABLE cards", []),
        ],
    )
    def test_a_card_is_found_by_whatever_is_known_of_it(
        self, ledger: Desk, queries: CardQueries, query: str, expected: list[str]
    ) -> None:
        assert ledger.cards.first(1)
        assert found(queries, query) == expected

    def test_a_new_name_is_found_and_the_old_one_is_not(self, ledger: Desk, queries: CardQueries) -> None:
        ledger.cards.change(ledger.cards.first(1)[0].id, actor=CLERK, holder="冼太")
        assert (found(queries, "何"), found(queries, "冼")) == ([], ["冼太"])

    def test_a_list_is_narrowed_by_state_and_unit(self, ledger: Desk, queries: CardQueries) -> None:
        lost = ledger.cards.first(2)[1]
        ledger.cards.set_state(lost.id, CredentialState.LOST, actor=CLERK)
        assert found(queries, "", state=CredentialState.LOST) == ["歐陽美玲"]
        assert found(queries, "美玲", state=CredentialState.ACTIVE) == ["何美玲"]
        assert found(queries, "美玲", unit=OTHER_UNIT) == ["歐陽美玲"]

    def test_pages_follow_each_other_without_gap(self, desk: Desk, queries: CardQueries) -> None:
        holders = [f"A{number}" for number in range(7)]
        for number, holder in enumerate(holders):
            add(desk, f"0000000{number}", holder)
        seen: list[str] = []
        before: int | None = None
        while True:
            page = queries.page(CardFilter(), before=before, limit=3)
            seen += [card.holder for card in page.items]
            before = page.next_after
            if before is None:
                break
            add(desk, f"1000000{len(seen)}", "later")
        assert seen == holders[::-1]

    def test_cards_written_past_the_service_are_found_all_the_same(self, desk: Desk, queries: CardQueries) -> None:
        row = {"id": "a" * 32, "uid": "AABBCCDD", "holder": "佘先生", "unit": UNIT, "state": "active"}
        with desk.store.write() as transaction:
            transaction.connection.execute(insert(cards), [row | {"created_at": desk.clock.now()}])
        assert found(queries, "佘") == ["佘先生"]

    @given(
        st.lists(
            st.sampled_from((4, 7, 10)).flatmap(lambda length: st.binary(min_size=length, max_size=length)),
            min_size=1, max_size=5, unique=True,
        ),
        st.sampled_from(CardNumberFormat),
    )  # fmt: skip
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_every_card_is_found_by_its_number_in_any_format(
        self, desk: Desk, queries: CardQueries, uids: list[bytes], form: CardNumberFormat
    ) -> None:
        for uid in uids:
            if len(uid) == 4 and uid[0] == 0x88:
                continue  # ISO/IEC 14443-3: that is no UID
            known = {card.uid for card in desk.cards.first(1000)}
            if uid.hex().upper() not in known:
                add(desk, uid.hex())
            page = queries.page(CardFilter(write_number(uid, form)), before=None, limit=1000)
            assert uid.hex().upper() in {card.uid for card in page.items}


class TestTaps:
    def test_the_last_tap_is_told_with_its_lane(self, desk: Desk, queries: CardQueries) -> None:
        card, never = add(desk), add(desk, "01020304")
        desk.tap(card.uid, "in")
        desk.clock.move(timedelta(minutes=5))
        desk.tap(card.uid, "out")
        desk.cards.set_state(card.id, CredentialState.LOST, actor=CLERK)
        seen = queries.last_seen([card.id, never.id])
        assert set(seen) == {card.id}
        assert (seen[card.id].lane, seen[card.id].at, seen[card.id].code) == ("out", desk.clock.now(), "granted")

    def test_the_newest_unknown_card_of_each_reader_is_offered(self, desk: Desk, queries: CardQueries) -> None:
        desk.tap("01010101", "out")
        desk.clock.move(timedelta(minutes=2))
        since = desk.clock.now()
        for uid, lane in (("02020202", "in"), ("03030303", "in"), ("04040404", "side")):
            desk.clock.move(timedelta(seconds=1))
            desk.tap(uid, lane)
        offered = queries.unknown_since(since)
        assert [(card.uid, card.lane) for card in offered] == [("04040404", "side"), ("03030303", "in")]
        add(desk, "04040404")
        assert [card.uid for card in queries.unknown_since(since)] == ["03030303"]
        assert queries.unknown_since(desk.clock.now() + timedelta(seconds=1)) == []

    def test_time_profiles_are_offered_by_name(self, queries: CardQueries, profile: str) -> None:
        assert [(one.id, one.name) for one in queries.time_profiles()] == [(profile, "清潔")]
