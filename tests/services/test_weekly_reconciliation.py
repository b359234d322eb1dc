"""A week's slips: accounted for, signed by two, closed, and held against the register later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update

from kiosk.domain.reconciliation import Need, Week, week_of
from kiosk.domain.slips import NewItem, SlipSource
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.goods.week_values import WeekState
from kiosk.store import journal
from kiosk.store.tables import (
    reconciliation_notes,
    reconciliations,
    release_items,
    release_movements,
    release_slips,
    release_trips,
)
from tests.support import slips_at_desk as slips
from tests.support.desk import ZONE, SetClock, open_desk

TUESDAY = datetime(2026, 3, 3, 12, 0, tzinfo=ZONE)
WEEK = Week(2026, 10)
OVER = datetime(2026, 3, 9, 8, 0, tzinfo=ZONE)


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, clock=SetClock(TUESDAY), goods={"keep_days": 30}) as desk:
        yield desk


def _week(desk, week=WEEK):
    return desk.goods.reconciliation.week(week)


def _sign(desk, actor, week=WEEK):
    service = desk.goods.reconciliation
    return service.sign(week, digest=service.week(week).digest, actor=actor)


def _close(desk, week=WEEK):
    _sign(desk, "user first", week)
    return _sign(desk, "user second", week)


def _code(action, *arguments, **named):
    with pytest.raises(Conflict) as refused:
        action(*arguments, **named)
    return refused.value.code


def _entries(desk, *types):
    with desk.store.read() as connection:
        return journal.latest(connection, frozenset(types), 100)


def _lose(desk, slip):
    """Take a slip out of the store as the box never does."""
    with desk.store.write() as transaction:
        for table in (release_movements, release_trips, release_items):
            transaction.connection.execute(delete(table).where(table.c.slip_id == slip.id))
        transaction.connection.execute(delete(release_slips).where(release_slips.c.id == slip.id))


def test_a_week_names_every_slip_and_what_speaks_for_itself_needs_no_note(desk):
    all_out = slips.released(desk)
    refused = desk.goods.slips.refuse(slips.request(desk).id, actor="user boss", reason="")
    void = desk.goods.slips.void(slips.request(desk).id, actor="user desk", reason="withdrawn")
    waiting = slips.request(desk)
    replaced = slips.request(desk)
    other = desk.goods.slips.reissue(
        replaced.id, slips.new_slip(desk), source=SlipSource.DESK, actor="user desk"
    )  # fmt: skip
    desk.clock.move(timedelta(days=2))
    desk.goods.slips.lapse_overdue()
    found = _week(desk)
    assert [line.number for line in found.lines] == [
        slip.number for slip in (all_out, refused, void, waiting, replaced, other)
    ]
    assert found.is_accounted_for
    assert found.counts == {
        "issued": 6, "requested": 0, "approved": 0, "released": 1, "refused": 1, "void": 2, "lapsed": 2,
        "gaps": 0, "trips": 1, "needing": 0,
    }  # fmt: skip


def test_open_slips_late_returns_and_lapsed_halves_need_a_word(desk):
    still_open = slips.approve(desk, not_after=TUESDAY + timedelta(days=20))
    half = slips.release(desk, slips.approve(desk), line1=1)
    late = slips.released(desk, NewItem("電鑽", 1, returnable_until=TUESDAY + timedelta(days=1)))
    desk.clock.set(OVER)
    desk.goods.slips.lapse_overdue()
    needs = {line.number: line.needs for line in _week(desk).lines}
    assert needs == {
        still_open.number: (Need.OPEN,), half.number: (Need.LAPSED_PARTLY,), late.number: (Need.LATE_RETURN,),
    }  # fmt: skip
    assert _code(_sign, desk, "user first") == "not-accounted-for"
    for number in needs:
        desk.goods.reconciliation.note(WEEK, number, "已與工程部核對", actor="user first")
    assert _close(desk).state is WeekState.CLOSED


def test_a_number_that_is_nowhere_is_named_in_the_week_where_it_is_missed(desk):
    made = [slips.released(desk) for _ in range(4)]
    _lose(desk, made[1])
    _lose(desk, made[3])
    desk.clock.set(OVER)
    assert [line.number for line in _week(desk).lines if line.needs] == [made[1].number]
    slips.released(desk)
    following = _week(desk, WEEK.plus(1))
    assert [(line.number, line.needs) for line in following.lines] == [
        ("R2026-00004", (Need.GAP,)),
        ("R2026-00005", ()),
    ]
    assert _code(_sign, desk, "user first") == "not-accounted-for"
    desk.goods.reconciliation.note(WEEK, made[1].number, "見事故紀錄", actor="user first")
    assert _close(desk).counts["gaps"] == 1


def test_the_turn_of_the_year_is_no_gap_and_ends_the_old_years_numbers(desk):
    desk.clock.set(datetime(2026, 12, 31, 20, 0, tzinfo=ZONE))
    old = [slips.released(desk) for _ in range(3)]
    desk.clock.set(datetime(2027, 1, 1, 9, 0, tzinfo=ZONE))
    slips.released(desk)
    turn = week_of(desk.clock.now(), ZONE)
    assert str(turn) == "2026-W53"
    assert [line.number for line in _week(desk, turn).lines] == [*(slip.number for slip in old), "R2027-00001"]
    assert _week(desk, turn).is_accounted_for
    _lose(desk, old[2])
    assert [line.number for line in _week(desk, turn).lines if line.needs] == [old[2].number]


def test_a_slip_belongs_to_the_week_by_the_estates_clock(desk):
    desk.clock.set(datetime(2026, 3, 8, 23, 59, 59, tzinfo=ZONE))
    sunday = slips.request(desk)
    desk.clock.move(timedelta(seconds=2))
    monday = slips.request(desk)
    assert [line.number for line in _week(desk).lines] == [sunday.number]
    assert [line.number for line in _week(desk, WEEK.plus(1)).lines] == [monday.number]


def test_what_was_altered_behind_the_boxs_back_needs_a_word(desk):
    slip = slips.released(desk)
    void = desk.goods.slips.void(slips.request(desk).id, actor="user desk", reason="x")
    with desk.store.write() as transaction:
        transaction.connection.execute(
            update(release_items).where(release_items.c.slip_id == slip.id).values(name="金庫")
        )
        transaction.connection.execute(update(release_slips).where(release_slips.c.id == void.id).values(reason=""))
    assert [line.needs for line in _week(desk).lines] == [(Need.ALTERED,), (Need.UNEXPLAINED,)]


def test_only_a_week_that_is_over_is_signed_and_only_by_two(desk):
    slips.released(desk)
    assert _code(_sign, desk, "user first") == "week-not-over"
    desk.clock.set(OVER)
    first = _sign(desk, "user first")
    assert (first.state, [one.by for one in first.signatures]) == (WeekState.SIGNED, ["user first"])
    assert _code(_sign, desk, "user first") == "same-user"
    closed = _sign(desk, "user second")
    assert (closed.state, [one.by for one in closed.signatures]) == (WeekState.CLOSED, ["user first", "user second"])
    assert _code(_sign, desk, "user third") == "week-closed"
    assert _code(desk.goods.reconciliation.note, WEEK, "R2026-00001", "x", actor="user first") == "week-closed"
    told = _entries(desk, "reconciliation.signed", "reconciliation.closed")
    assert [entry.payload["digest"] for entry in told] == [closed.digest] * 2
    assert told[1].payload["counts"]["issued"] == 1


def test_who_signs_signs_what_was_shown(desk):
    slips.request(desk)
    desk.clock.set(OVER)
    shown = _week(desk).digest
    desk.goods.slips.lapse_overdue()
    assert _code(desk.goods.reconciliation.sign, WEEK, digest=shown, actor="user first") == "changed-since-shown"
    assert _week(desk).signatures == ()


def test_what_changes_between_the_signatures_takes_the_first_away(desk):
    slip = slips.approve(desk, not_after=TUESDAY + timedelta(days=20))
    desk.clock.set(OVER)
    desk.goods.reconciliation.note(WEEK, slip.number, "下週才取", actor="user first")
    signed = _sign(desk, "user first")
    slips.release(desk, slip)
    assert _code(_sign, desk, "user second") == "changed-since-signed"
    assert _week(desk).state is WeekState.OPEN
    (fallen,) = _entries(desk, "reconciliation.unsigned")
    assert fallen.payload["digest"] == signed.digest
    assert _close(desk).state is WeekState.CLOSED


def test_another_note_takes_the_first_signature_away_at_once(desk):
    slip = slips.released(desk)
    desk.clock.set(OVER)
    _sign(desk, "user first")
    desk.goods.reconciliation.note(WEEK, slip.number, "梯已歸還", actor="user second")
    assert _week(desk).signatures == ()
    (line,) = _week(desk).lines
    assert (line.note.text, line.note.by) == ("梯已歸還", "user second")


def test_a_note_is_one_line_about_a_number_of_the_week_and_stays_out_of_the_journal(desk):
    slip = slips.request(desk)
    note = desk.goods.reconciliation.note
    assert _code(note, WEEK, slip.number, "  ", actor="user first") == "no-reason"
    for text, problem in (("x" * 201, FieldProblem.TOO_LONG), ("a\x00b", FieldProblem.NOT_ONE_LINE)):
        with pytest.raises(Invalid) as refused:
            note(WEEK, slip.number, text, actor="user first")
        assert refused.value.fields == {"note": problem}
    with pytest.raises(NotFound):
        note(WEEK, "R2026-00099", "x", actor="user first")
    note(WEEK, slip.number, "陳先生說下週", actor="user first")
    (told,) = _entries(desk, "reconciliation.noted")
    assert dict(told.payload) == {"week": "2026-W10", "number": slip.number}


def test_the_weeks_are_listed_back_to_the_first_with_what_is_overdue(desk):
    slips.released(desk)
    desk.clock.set(TUESDAY + timedelta(days=21))
    slips.request(desk)
    listed = desk.goods.reconciliation.weeks(before=None, limit=10)
    assert [(str(one.week), one.state, one.is_overdue, one.counts["issued"]) for one in listed] == [
        ("2026-W13", WeekState.RUNNING, False, 1), ("2026-W12", WeekState.OPEN, False, 0),
        ("2026-W11", WeekState.OPEN, False, 0), ("2026-W10", WeekState.OPEN, True, 1),
    ]  # fmt: skip
    assert listed[3].counts["released"] == 1
    older = desk.goods.reconciliation.weeks(before=listed[1].week, limit=1)
    assert [str(one.week) for one in older] == ["2026-W11"]
    _close(desk)
    assert desk.goods.reconciliation.weeks(before=None, limit=10)[3].state is WeekState.CLOSED
    with pytest.raises(NotFound):
        _week(desk, WEEK.plus(40))


def test_a_closed_week_tells_what_differs_from_what_was_signed(desk):
    ended, still_open = slips.released(desk), slips.approve(desk, not_after=TUESDAY + timedelta(days=20))
    lost = slips.released(desk)
    desk.clock.set(OVER)
    desk.goods.reconciliation.note(WEEK, still_open.number, "下週才取", actor="user first")
    assert _code(desk.goods.reconciliation.verify, WEEK) == "week-not-closed"
    _close(desk)
    assert desk.goods.reconciliation.verify(WEEK).holds
    slips.release(desk, still_open)
    verified = desk.goods.reconciliation.verify(WEEK)
    assert verified.holds
    assert verified.moved_on == (still_open.number,)
    with desk.store.write() as transaction:
        transaction.connection.execute(update(release_slips).where(release_slips.c.id == ended.id).values(reason="x"))
    _lose(desk, lost)
    verified = desk.goods.reconciliation.verify(WEEK)
    assert (verified.holds, verified.changed, verified.missing) == (False, (ended.number,), (lost.number,))


@pytest.mark.parametrize("table", [reconciliations, reconciliation_notes])
def test_a_signed_week_that_was_rewritten_is_found_out_by_the_journal(desk, table):
    slip = slips.request(desk, not_after=TUESDAY + timedelta(days=20))
    desk.clock.set(OVER)
    desk.goods.reconciliation.note(WEEK, slip.number, "下週才取", actor="user first")
    _close(desk)
    change = {"digest": "0" * 64} if table is reconciliations else {"note": "沒事"}
    with desk.store.write() as transaction:
        transaction.connection.execute(update(table).values(**change))
    assert not desk.goods.reconciliation.verify(WEEK).is_as_signed


def test_purging_leaves_a_closed_week_closed_and_is_told_from_loss(desk):
    purged, late = slips.released(desk), slips.released(desk, NewItem("電鑽", 1, returnable_until=TUESDAY))
    desk.clock.set(OVER)
    desk.goods.reconciliation.note(WEEK, late.number, "未歸還", actor="user first")
    closed = _close(desk)
    desk.clock.move(timedelta(days=40))
    assert desk.goods.purge.run(desk.clock.now()) == 1
    verified = desk.goods.reconciliation.verify(WEEK)
    assert verified.holds
    assert verified.purged == (purged.number,)
    after = _week(desk)
    assert (after.state, after.signed_digest, after.purged) == (WeekState.CLOSED, closed.digest, 1)
    assert [line.number for line in after.lines] == [late.number]
    (listed,) = desk.goods.reconciliation.weeks(before=WEEK.plus(1), limit=1)
    assert listed.counts["issued"] == after.counts["issued"] == 2, "as it was signed"


def test_purged_numbers_are_no_gaps_in_a_week_that_nobody_has_signed(desk):
    made = [slips.released(desk) for _ in range(3)]
    desk.goods.holds.set_by_number(made[2].number, reason="投訴", actor="user boss")
    desk.clock.move(timedelta(days=60))
    desk.goods.purge.run(desk.clock.now())
    assert (_week(desk).counts["gaps"], _week(desk).purged) == (0, 2)
    _lose(desk, made[2])
    slips.request(desk)
    later = _week(desk, week_of(desk.clock.now(), ZONE))
    assert [line.number for line in later.lines if Need.GAP in line.needs] == [made[2].number]
