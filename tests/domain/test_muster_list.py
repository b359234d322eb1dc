"""The muster list: in the directory's order, whole, and never longer than a paper may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.muster import LINES_A_SHEET, Muster, MusterPaper, Person, PersonKind, Safe, by_unit
from kiosk.domain.papers import as_copy, as_record, from_record
from kiosk.domain.receipts import Band, Field, Foot, Heading, Note, Tick
from kiosk.domain.units import Unit

NOW = datetime(2026, 11, 25, 6, 30, 15, tzinfo=UTC)
PLACES = [Unit("2-B-1", "2", "B", "1", "1"), Unit("1-A-10", "1", "A", "10", "1"), Unit("1-A-9", "1", "A", "9", "1")]

persons = st.builds(
    Person,
    kind=st.sampled_from(PersonKind),
    id=st.uuids().map(lambda value: value.hex),
    name=st.text(max_size=80),
    unit=st.sampled_from([*(unit.code for unit in PLACES), "gone", "X" * 32]),
    number=st.sampled_from(["", "261125-001"]),
    companions=st.integers(0, 20),
    since=st.timedeltas(timedelta(), timedelta(days=3)).map(lambda span: NOW - span),
    safe=st.none() | st.just(Safe(NOW, "user chan")),
)


def person(name: str, unit: str, *, companions: int = 0, minutes: int = 0, safe: Safe | None = None) -> Person:
    since = NOW - timedelta(minutes=minutes)
    return Person(PersonKind.VISIT, name, name, unit, "261125-001", companions, since, safe)


def paper(muster: Muster) -> MusterPaper:
    return MusterPaper(
        estate_name_zh="晴嵐花園", estate_name_en="Clearmist Garden", muster=muster, taken_at=NOW, digest="a1b2c3d4"
    )


def test_units_stand_in_the_directorys_order_and_what_it_does_not_know_at_the_end() -> None:
    units = by_unit([person("a", "gone"), person("b", "1-A-9"), person("c", "1-A-10"), person("d", "2-B-1")], PLACES)
    assert [unit.unit for unit in units] == ["2-B-1", "1-A-10", "1-A-9", "gone"]


@given(st.lists(persons, max_size=20, unique_by=lambda one: one.id))
def test_blocks_share_out_the_list_and_lose_nobody(inside: list[Person]) -> None:
    muster = Muster(NOW, by_unit(inside, PLACES))
    blocks = muster.blocks
    assert [unit for block in blocks for unit in block.units] == list(muster.units)
    assert len({(block.phase, block.block) for block in blocks}) == len(blocks)
    assert (sum(block.people for block in blocks), sum(block.missing for block in blocks)) == (
        muster.people, muster.missing,
    )  # fmt: skip
    assert all((unit.phase, unit.block) == (block.phase, block.block) for block in blocks for unit in block.units)


def test_whoever_belongs_to_no_unit_of_the_directory_is_of_no_block() -> None:
    blocks = Muster(NOW, by_unit([person("a", "gone"), person("b", "1-A-9"), person("c", "1-A-10")], PLACES)).blocks
    assert [(block.phase, block.block, block.people) for block in blocks] == [("1", "A", 2), ("", "", 1)]


def test_within_a_unit_who_has_been_inside_longest_is_called_first() -> None:
    (unit,) = by_unit([person("new", "1-A-9", minutes=1), person("old", "1-A-9", minutes=9)], PLACES)
    assert [one.name for one in unit.persons] == ["old", "new"]


def test_companions_are_people_and_a_safe_person_accounts_for_theirs() -> None:
    inside = [person("a", "1-A-9", companions=2), person("b", "1-A-9", companions=1, safe=Safe(NOW, "user chan"))]
    muster = Muster(NOW, by_unit(inside, PLACES))
    assert (muster.count(PersonKind.VISIT), muster.companions, muster.people, muster.missing) == (2, 3, 5, 3)


def test_a_paper_says_when_how_many_and_which_part() -> None:
    muster = Muster(NOW, by_unit([person(str(number), "1-A-9") for number in range(40)], PLACES), is_fire=True)
    first, *others = paper(muster).sheets()
    assert [block.label.aside for block in first if isinstance(block, Band)] == ["FIRE MUSTER LIST"]
    facts = {block.label.aside: block.value for block in first if isinstance(block, Field)}
    assert facts == {"Time": "2026-11-25 06:30:15", "People": "40", "Visitors": "40", "Page": "1 / 3"}
    assert isinstance(first[-1], Foot)
    assert (first[-1].left, first[-1].right) == ("紀錄 Log a1b2c3d4", "1 / 3")
    for sheet in others:
        (heading,) = (block for block in sheet if isinstance(block, Heading))
        assert heading.text == "1-A-9 (續 cont.)"


def test_that_nobody_is_inside_is_printed_too() -> None:
    (sheet,) = paper(Muster(NOW)).sheets()
    assert any(isinstance(block, Note) for block in sheet)
    assert [block.label.aside for block in sheet if isinstance(block, Band)] == ["MUSTER LIST"]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        MusterPaper(
            estate_name_zh="", estate_name_en="", muster=Muster(NOW), taken_at=datetime(2026, 1, 1), digest=""  # noqa: DTZ001 - the very mistake
        )  # fmt: skip


@given(st.lists(persons, max_size=60))
def test_everybody_is_on_one_sheet_once_below_their_unit(inside: list[Person]) -> None:
    muster = Muster(NOW, by_unit(inside, PLACES))
    sheets = paper(muster).sheets()
    ticks = [block for sheet in sheets for block in sheet if isinstance(block, Tick)]
    assert len(ticks) == len(inside)
    assert [tick.aside for tick in ticks] == [f"+{one.companions}" if one.companions else "" for one in muster.persons]
    for sheet in sheets:
        body = [block for block in sheet if isinstance(block, Heading | Tick)]
        assert sum(1 if isinstance(block, Heading) else 2 for block in body) <= LINES_A_SHEET
        assert not any(isinstance(a, Heading) and isinstance(b, Heading) for a, b in pairwise(body))
        if body:
            assert isinstance(body[0], Heading)
            assert isinstance(body[-1], Tick)
        assert from_record(as_record(sheet)) == sheet


def test_a_copy_says_so_below_its_title() -> None:
    (sheet,) = paper(Muster(NOW)).sheets()
    assert as_copy(sheet, 0) == sheet
    copy = as_copy(sheet, 2)
    assert isinstance(copy[1], Band)
    assert copy[1].label.aside == "COPY 2"
    assert copy[2:] == sheet[1:]


@pytest.mark.parametrize("record", [[{"block": "Hologram"}], [{}], [{"block": "Heading", "colour": "red"}]])
def test_a_record_of_another_version_is_told_to_be_one(record: list[dict[str, str]]) -> None:
    with pytest.raises(ValueError, match="paper"):
        from_record(record)
