"""Who is on the blocklist, what that means at the gate, and what it costs to find out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from kiosk.domain.blocklist import BlockState, Trait
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.blocklist import _LOOK_UP, BlocklistEntry, BlocklistService, VisitorBlocked, blocked_by, find_block
from kiosk.store import journal
from kiosk.store.tables import blocklist
from tests.support.desk import UNIT, Desk, open_desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def listed(desk: Desk) -> BlocklistService:
    return BlocklistService(desk.store)


def put(listed: BlocklistService, **person: object) -> BlocklistEntry:
    return listed.add(actor="user chief", **({"reason": "threatened a guard"} | person))


def found(desk: Desk, name: str = "", phone: str = "", plate: str = "") -> str | None:
    with desk.store.read() as connection:
        return blocked_by(connection, name=name, phone=phone, plate=plate, now=desk.clock.now())


def told(desk: Desk, type_: str) -> list[dict[str, object]]:
    with desk.store.read() as connection:
        return [dict(entry.payload) for entry in journal.after(connection, 0, 1000) if entry.type == type_]


class TestEntries:
    def test_an_entry_is_found_by_either_and_by_its_name_perhaps(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, name="陳大文", phone="+852 9123 4567", vehicle_plate="AB 1234")
        assert found(desk, "何文", "91234567") == entry.id
        assert found(desk, "何文", "6123 4567", "ab-1234") == entry.id
        assert found(desk, "何文", "1234567", "AB 123") is None
        assert found(desk) is None
        with desk.store.read() as connection:
            block = find_block(connection, name=" 陳大文", phone="61234567", now=desk.clock.now())
        assert block is not None
        assert (block.id, block.traits, block.is_certain) == (entry.id, {Trait.NAME}, False)

    def test_of_several_the_surest_counts(self, desk: Desk, listed: BlocklistService) -> None:
        by_name = put(listed, name="陳大文")
        by_phone = put(listed, phone="91234567")
        by_both = put(listed, phone="91234567", vehicle_plate="AB 1234")
        assert found(desk, "陳大文") == by_name.id
        assert found(desk, "陳大文", "91234567") == by_phone.id
        assert found(desk, "陳大文", "91234567", "AB 1234") == by_both.id
        put(listed, name="陳大文", phone="23456")
        assert found(desk, "陳大文") == by_name.id, "the oldest of equals"

    def test_an_entry_ends_by_itself_and_may_be_given_more_time(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, phone="91234567", ends_at=desk.clock.now() + DAY)
        assert found(desk, phone="91234567") == entry.id
        desk.clock.move(DAY)
        assert found(desk, phone="91234567") is None
        assert listed.get(entry.id).state(desk.clock.now()) is BlockState.ENDED
        listed.change(entry.id, {"ends_at": None}, actor="user chief")
        assert found(desk, phone="91234567") == entry.id

    def test_an_entry_is_taken_off_once_and_its_record_stays(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, phone="91234567")
        ended = listed.remove(entry.id, actor="user chief")
        assert (ended.removed_by, ended.removed_at) == ("user chief", desk.clock.now())
        assert found(desk, phone="91234567") is None
        assert listed.get(entry.id).reason == "threatened a guard"
        for again in (
            lambda: listed.remove(entry.id, actor="user chief"),
            lambda: listed.change(entry.id, {"reason": "more"}, actor="user chief"),
        ):
            with pytest.raises(Conflict) as refusal:
                again()
            assert refusal.value.code == "already-removed"
        assert put(listed, phone="91234567").id != entry.id, "and may come back"

    def test_what_changes_is_found_by_what_it_is_now(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, name="陳大文", phone="91234567")
        before = len(told(desk, "blocklist.changed"))
        listed.change(entry.id, {"phone": "61234567", "name": ""}, actor="user chief")
        assert found(desk, "陳大文", "91234567") is None
        assert found(desk, "", "61234567") == entry.id
        same = listed.change(entry.id, {"phone": " 61234567 "}, actor="user chief")
        assert (same.phone, same.name) == ("61234567", "")
        assert len(told(desk, "blocklist.changed")) == before + 1

    @pytest.mark.parametrize(
        ("wrong", "problems"),
        [
            ({}, {"name": FieldProblem.NOBODY_NAMED}),
            ({"name": " ", "vehicle_plate": "-"}, {"name": FieldProblem.NOBODY_NAMED}),
            ({"phone": "call me"}, {"phone": FieldProblem.NOT_A_PHONE}),
            ({"name": "A" * 81}, {"name": FieldProblem.TOO_LONG}),
            ({"name": "A\nB"}, {"name": FieldProblem.NOT_ONE_LINE}),
            ({"name": "A", "reason": " "}, {"reason": FieldProblem.REQUIRED}),
            ({"name": "A", "reason": "x" * 201}, {"reason": FieldProblem.TOO_LONG}),
            ({"name": "A", "ends_at": -DAY}, {"ends_at": FieldProblem.IN_THE_PAST}),
        ],
    )
    def test_what_cannot_be_used_is_said(
        self, desk: Desk, listed: BlocklistService, wrong: dict[str, object], problems: dict[str, FieldProblem]
    ) -> None:
        if "ends_at" in wrong:
            wrong = wrong | {"ends_at": desk.clock.now() - DAY}
        with pytest.raises(Invalid) as refusal:
            put(listed, **wrong)
        assert refusal.value.fields == problems
        assert told(desk, "blocklist.added") == []

    def test_the_same_person_is_not_put_on_twice(self, listed: BlocklistService) -> None:
        put(listed, name="陳大文", phone="+852 9123 4567")
        with pytest.raises(Conflict) as refusal:
            put(listed, name="陳 大文", phone="852 91234567")
        assert refusal.value.code == "already-blocked"
        put(listed, name="陳大文")
        put(listed, name="陳大文", phone="61234567")

    def test_what_is_not_there(self, listed: BlocklistService) -> None:
        for ask in (
            lambda: listed.get("none"),
            lambda: listed.remove("none", actor="a"),
            lambda: listed.change("none", {}, actor="a"),
            lambda: put(listed, name="A", visit_id="none"),
        ):
            with pytest.raises(NotFound):
                ask()

    def test_the_journal_names_entries_and_nobody(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, name="陳大文", phone="91234567", vehicle_plate="AB 1234")
        listed.change(entry.id, {"reason": "broke the barrier"}, actor="user chief")
        listed.remove(entry.id, actor="user chief")
        for type_ in ("blocklist.added", "blocklist.changed", "blocklist.removed"):
            assert told(desk, type_) == [{"blocklist": entry.id}]


class TestFinding:
    def test_the_list_is_searched_and_turned_page_by_page(self, desk: Desk, listed: BlocklistService) -> None:
        chan = put(listed, name="陳大文", phone="+852 (91) 23-4567")
        wong = put(listed, name="Wong Siu Ming", vehicle_plate="粤B 12345")
        old = put(listed, phone="61239999")
        listed.remove(old.id, actor="user chief")

        def ids(query: str = "", state: BlockState | None = None) -> list[str]:
            page = listed.page(state, query, now=desk.clock.now(), after=None, limit=50)
            return [entry.id for entry in page.items]

        assert ids() == [old.id, wong.id, chan.id]
        assert ids(state=BlockState.ACTIVE) == [wong.id, chan.id]
        assert ids(state=BlockState.ENDED) == [old.id]
        for query in ("陳", "大文", "4567", "91234567"):
            assert ids(query) == [chan.id], query
        for query in ("wong", "siu min", "MING", "粤b1", "粤B 12345"):
            assert ids(query) == [wong.id], query
        for query in ("陳文", "iu", "5678", "567", "%", "_", "*", "' OR 1=1 --", "\x00"):
            assert ids(query) == [], query
        first = listed.page(None, "", now=desk.clock.now(), after=None, limit=2)
        assert first.next_after == wong.seq
        second = listed.page(None, "", now=desk.clock.now(), after=first.next_after, limit=2)
        assert ([entry.id for entry in second.items], second.next_after) == ([chan.id], None)

    @pytest.mark.usefixtures("listed")
    def test_a_person_is_looked_up_by_three_indexes(self, desk: Desk) -> None:
        with desk.store.write() as transaction:
            transaction.connection.execute(
                insert(blocklist),
                [
                    {
                        "id": f"{n:032x}", "name": f"名{n}", "name_key": f"u540d {n}", "phone": f"{60000000 + n}",
                        "phone_tail": f"{60000000 + n}", "vehicle_plate": f"AB {n}", "plate_key": f"AB{n}",
                        "reason": "x", "added_by": "a", "created_at": transaction.now,
                    }
                    for n in range(5000)
                ],
            )  # fmt: skip
            plan = transaction.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_LOOK_UP}", ("a", "b", "c")).all()
        steps = [row[3] for row in plan if row[3].startswith(("SEARCH", "SCAN"))]
        assert [step.split("USING INDEX ")[1].split()[0] for step in steps] == [
            "blocklist_by_name", "blocklist_by_phone", "blocklist_by_plate",
        ]  # fmt: skip
        assert found(desk, "", "+852 6000 4321") == f"{4321:032x}"

    @settings(
        max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        people=st.lists(
            st.tuples(
                st.sampled_from(["", "陳大文", "Chan Tai Man", "chan  tai man"]),
                st.sampled_from(["", "91234567", "+852 9123 4567", "13891234567", "23456"]),
                st.sampled_from(["", "AB 1234", "ab1234", "XY 1"]),
            ),
            max_size=4,
        ),
        seen=st.tuples(
            st.sampled_from(["何文", "陳大文", "CHAN TAI MAN"]),
            st.sampled_from(["", "0085291234567", "23456", "123456"]),
            st.sampled_from(["", "AB-1234"]),
        ),
    )
    def test_the_indexes_find_whoever_the_rule_means(
        self, desk: Desk, listed: BlocklistService, people: list[tuple[str, str, str]], seen: tuple[str, str, str]
    ) -> None:
        from kiosk.domain.blocklist import Traits, common_traits

        with desk.store.write() as transaction:
            transaction.connection.execute(blocklist.delete())
        meant = set()
        for person in dict.fromkeys(people):
            if any(person):
                try:
                    entry = put(listed, name=person[0], phone=person[1], vehicle_plate=person[2])
                except Conflict:
                    continue
                if common_traits(Traits(*person), Traits(*seen)):
                    meant.add(entry.id)
        answer = found(desk, *seen)
        assert answer in meant if meant else answer is None


class TestVisits:
    def test_who_is_listed_waits_whatever_the_kind_asks(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, phone="91234567")
        entered = desk.sign_in("何文", VisitKind.DELIVERY, phone="+852 9123 4567")
        assert (entered.visit.state, entered.issued) == (VisitState.WAITING, None)
        assert entered.visit.blocklist_id == entry.id
        assert desk.pulses == []
        assert told(desk, "visit.waiting") == [
            {
                "visit": entered.visit.id, "number": entered.visit.number, "lane": "in",
                "blocked": True, "blocklist": entry.id,
            }
        ]  # fmt: skip
        block = listed.block_of(entered.visit)
        assert block is not None
        assert (block[0], block[1].traits) == (entry, {Trait.PHONE})

    def test_a_pass_made_out_to_somebody_listed_is_not_spent(self, tmp_path: Path) -> None:
        with open_desk(tmp_path, visits={"kinds": {"guest": {"approval": "pre-registration"}}}) as desk:
            listed = BlocklistService(desk.store)
            issued = desk.passes.issue(
                actor="a",
                unit=UNIT,
                holder="陳大文",
                not_before=desk.clock.now(),
                not_after=desk.clock.now() + DAY,
                uses=1,
                lanes=None,
            )
            entry = put(listed, name="陳大文")
            assert desk.sign_in("陳大文").visit.state is VisitState.WAITING
            listed.remove(entry.id, actor="user chief")
            assert desk.sign_in("陳大文").visit.decided_by == f"pass {issued.id}"

    def test_letting_in_needs_a_reason_and_refusing_none(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, phone="91234567")
        first, second = (desk.sign_in("何文", phone="91234567").visit for _ in range(2))
        with pytest.raises(VisitorBlocked) as refusal:
            desk.visits.approve(first.id, actor="user guard")
        assert (refusal.value.code, refusal.value.entry_id) == ("visitor-blocked", entry.id)
        assert desk.queries.get(first.id).state is VisitState.WAITING
        approved = desk.visits.approve(first.id, actor="user guard", reason="the manager has sent for him")
        assert (approved.visit.state, approved.visit.reason) == (VisitState.SIGNED_IN, "the manager has sent for him")
        assert told(desk, "visit.approved") == [
            {"visit": first.id, "number": first.number, "blocked": True, "blocklist": entry.id}
        ]
        desk.visits.refuse(second.id, actor="user guard", reason="")
        (refused,) = told(desk, "visit.refused")
        assert refused["blocklist"] == entry.id
        with pytest.raises(Conflict) as late:
            desk.visits.approve(first.id, actor="user guard")
        assert late.value.code == "visit-signed-in"

    def test_a_guard_who_signs_in_has_to_say_why(self, desk: Desk, listed: BlocklistService) -> None:
        entry = put(listed, vehicle_plate="AB 1234")
        new = NewVisit(VisitKind.GUEST, UNIT, "何文", vehicle_plate="ab 1234")
        wanted = {"source": VisitSource.PANEL, "actor": "user guard", "lane": "in", "approved_by": "user guard"}
        with pytest.raises(VisitorBlocked):
            desk.visits.sign_in(new, **wanted)
        assert (desk.queries.waiting(), desk.pulses) == ([], [])
        visit = desk.visits.sign_in(new, **wanted, reason="only to fetch a child").visit
        assert (visit.state, visit.reason, visit.blocklist_id) == (
            VisitState.SIGNED_IN, "only to fetch a child", entry.id,
        )  # fmt: skip
        assert told(desk, "visit.approved")[0]["blocklist"] == entry.id

    def test_who_waits_when_put_on_the_list_is_held_up(self, desk: Desk, listed: BlocklistService) -> None:
        waiting = desk.sign_in("李工", VisitKind.CONTRACTOR, phone="91234567", purpose="lift").visit
        other = desk.sign_in("何工", VisitKind.CONTRACTOR, phone="61234567", purpose="lift").visit
        entry = put(listed, phone="91234567", visit_id=waiting.id)
        assert desk.queries.get(waiting.id).blocklist_id == entry.id
        assert desk.queries.get(other.id).blocklist_id is None
        assert told(desk, "blocklist.added") == [{"blocklist": entry.id, "visit": waiting.id}]
        assert [payload["visit"] for payload in told(desk, "visit.blocked")] == [waiting.id]
        with pytest.raises(VisitorBlocked):
            desk.visits.approve(waiting.id, actor="user guard")
        listed.change(entry.id, {"vehicle_plate": "XY 9"}, actor="user chief")
        assert len(told(desk, "visit.blocked")) == 1, "told once"
        listed.change(entry.id, {"phone": "6123 4567"}, actor="user chief")
        assert desk.queries.get(other.id).blocklist_id == entry.id

    def test_nothing_in_the_journal_names_who_is_meant(self, desk: Desk, listed: BlocklistService) -> None:
        put(listed, name="陳大文", phone="91234567", vehicle_plate="AB 1234", reason="threatened a guard")
        visit = desk.sign_in("陳大文", phone="91234567", vehicle_plate="AB 1234").visit
        desk.visits.approve(visit.id, actor="user guard", reason="the manager has sent for him")
        with desk.store.read() as connection:
            written = json.dumps([dict(entry.payload) for entry in journal.after(connection, 0, 1000)])
            rows = connection.execute(text("SELECT count(*) FROM journal WHERE payload LIKE '%陳大文%'")).scalar_one()
        assert rows == 0
        assert not any(secret in written for secret in ("91234567", "AB 1234", "AB1234", "threatened", "manager"))
