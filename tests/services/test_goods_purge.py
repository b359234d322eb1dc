"""What is purged, what stays, and what is said of it; what an incident holds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from kiosk.domain.goods import CollectMethod, GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.ids import new_id
from kiosk.domain.slips import ApprovalMethod, NewItem, Requester, SlipKind, SlipSource
from kiosk.domain.subjects import Subject
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.annotations import AnnotationService
from kiosk.services.goods.goods_queries import GoodsFilter
from kiosk.services.goods.holds import HoldSubject
from kiosk.services.goods.purge_certificates import add_numbers
from kiosk.services.goods.slip_queries import SlipFilter
from kiosk.services.goods.slips import Word
from kiosk.store import journal
from kiosk.store.tables import (
    goods_in,
    incident_holds,
    photos,
    print_jobs,
    record_annotations,
    release_items,
    release_movements,
    release_slips,
    release_trips,
)
from tests.support import slips_at_desk as slips
from tests.support.desk import SetClock, open_desk

START = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
KEPT = timedelta(days=30)
UNIT = "1-A-1-A"
OF_SLIPS = (release_slips, release_items, release_trips, release_movements)
PARCEL = NewGoods(UNIT, "zzyzx", GoodsCategory.PARCEL, Handling.GATE, carrier_name="陳師傅", description="qwxjk")


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, clock=SetClock(START), goods={"keep_days": KEPT.days}) as desk:
        yield desk


def _collected(desk, *, photo=None):
    goods = _kept(desk, photo=photo)
    return desk.goods.goods_in.collect(goods.id, method=CollectMethod.DESK, by="user guard", actor="user guard")


def _kept(desk, *, photo=None):
    registered = desk.goods.goods_in.register(
        PARCEL, source=GoodsSource.TOUCH, actor="touchscreen", lane=None, photo=photo
    )  # fmt: skip
    return registered.goods


def _count(desk, table):
    with desk.store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _purge(desk, after=KEPT):
    desk.clock.set(START + after)
    return desk.goods.purge.run(desk.clock.now())


def _certificates(desk):
    return desk.goods.certificates.page(before=None, limit=50).items


def _entries(desk, type_):
    with desk.store.read() as connection:
        return journal.latest(connection, frozenset({type_}), 100)


def _print(desk, subject_id):
    with desk.store.write() as transaction:
        job = {
            "id": new_id(transaction.now), "kind": "visit", "subject_id": subject_id, "content": [{"block": "Note"}],
            "state": "printed", "created_at": transaction.now, "state_at": transaction.now, "journal_digest": "0" * 8,
        }  # fmt: skip
        transaction.connection.execute(insert(print_jobs), job)


def test_what_ended_long_enough_ago_goes_with_all_that_hangs_on_it(desk):
    goods = _collected(desk, photo=b"load")
    slip = slips.release(desk, slips.approve(desk, NewItem("梯", 1, photo=b"ladder")), photo=b"lorry")
    owner = slips.request(
        desk, kind=SlipKind.HOUSEHOLD, requester=Requester.AGENT, unit=UNIT, department="", requested_by="李太"
    )
    word = Word(ApprovalMethod.WRITTEN_AUTHORITY, "user desk", "user desk", authority=b"letter")
    desk.goods.slips.approve(owner.id, word)
    desk.goods.slips.void(owner.id, actor="user desk", reason="x")
    for subject in (goods.id, slip.id):
        _print(desk, subject)
    remarks = AnnotationService(desk.store)
    for subject, id_ in ((Subject.GOODS, goods.id), (Subject.SLIP, slip.id)):
        remarks.add(subject, id_, "陳師傅", actor="user guard")
    assert (_count(desk, photos), _count(desk, record_annotations)) == (4, 2)
    assert _purge(desk, KEPT - timedelta(seconds=1)) == 0
    assert _purge(desk) == 3
    emptied = (*OF_SLIPS, goods_in, photos, record_annotations)
    assert [table.name for table in emptied if _count(desk, table)] == []
    with desk.store.read() as connection:
        assert connection.execute(select(print_jobs.c.content)).scalars().all() == [None, None, None]
    (certificate,) = _certificates(desk)
    assert certificate.purged == {
        "goods_in": 1, "release_slips": 2, "release_items": 2, "release_trips": 1, "release_movements": 1,
        "photos": 4, "print_jobs": 3, "annotations": 2,
    }  # fmt: skip
    assert certificate.slips == ((2026, 1, 2),)
    (told,) = _entries(desk, "goods.purged")
    assert told.payload["certificate"] == certificate.id
    assert (told.payload["digest"], told.payload["counts"]) == (certificate.digest, certificate.purged)
    with desk.store.read() as connection:
        assert journal.verify(connection).bad_seq is None


def test_no_search_finds_what_was_purged_and_no_word_of_it_is_left_in_the_index(desk):
    slips.released(desk, NewItem("vqkzw", 1))
    _collected(desk)
    kept = _kept(desk)
    _purge(desk)
    assert desk.goods.slip_queries.page(SlipFilter(query="zzyzx"), before=None, limit=10).items == []
    assert [
        one.id for one in desk.goods.goods_queries.page(GoodsFilter(query="qwxjk"), before=None, limit=10).items
    ] == [kept.id]
    with desk.store.read() as connection:
        blocks = connection.execute(text("SELECT block FROM slip_search_data")).scalars().all()
    assert not any(word in block for block in blocks for word in (b"vqkzw", b"zzyzx"))


def test_what_is_open_kept_or_still_to_be_brought_back_stays(desk):
    waiting = slips.approve(desk, not_after=START + timedelta(days=20))
    kept = _kept(desk)
    out = slips.released(desk, NewItem("電鑽", 2, returnable_until=START + timedelta(days=2)))
    assert _purge(desk, timedelta(days=90)) == 0
    assert _certificates(desk) == []
    assert _entries(desk, "goods.purged") == []
    assert desk.goods.slip_queries.get(waiting.id)
    assert desk.goods.goods_queries.get(kept.id)
    desk.goods.release.take_back(out.id, 1, 1, actor="user guard")
    assert _purge(desk, timedelta(days=90)) == 0
    desk.goods.release.take_back(out.id, 1, 1, actor="user guard")
    assert _purge(desk, timedelta(days=90)) == 1


def test_a_slip_that_stays_keeps_its_pictures_and_names_no_purged_one(desk):
    first = slips.request(desk, NewItem("梳化", 1, photo=b"sofa"))
    photo_id = first.items[0].photo_id
    desk.clock.move(timedelta(days=5))
    new = slips.new_slip(desk, NewItem("梳化", 1, photo_id=photo_id))
    second = desk.goods.slips.reissue(first.id, new, source=SlipSource.DESK, actor="user desk")
    desk.clock.move(timedelta(days=5))
    desk.goods.slips.void(second.id, actor="user desk", reason="x")
    assert _purge(desk, KEPT + timedelta(days=5)) == 1
    kept = desk.goods.slip_queries.get(second.id)
    assert kept.replaces_id is None
    assert desk.photos.jpeg(photo_id) == b"sofa"
    assert _purge(desk, KEPT + timedelta(days=10)) == 1
    assert _count(desk, photos) == 0


def test_a_hold_keeps_a_record_and_the_whole_story_of_a_slip(desk):
    goods, other_goods = _collected(desk), _collected(desk)
    story = [slips.request(desk)]
    for _ in range(2):
        new = slips.new_slip(desk)
        story.append(desk.goods.slips.reissue(story[-1].id, new, source=SlipSource.DESK, actor="user desk"))
    slips.release(
        desk, desk.goods.slips.approve(story[-1].id, Word(ApprovalMethod.SUPERVISOR, "user boss", "user boss"))
    )
    slips.released(desk)
    holds = desk.goods.holds
    of_goods = holds.set(HoldSubject.GOODS, goods.id, reason="投訴", actor="user boss")
    of_slip = holds.set(HoldSubject.SLIP, story[1].id, reason="遺失", actor="user boss")
    assert _purge(desk) == 2
    (certificate,) = _certificates(desk)
    assert certificate.held == {"goods_in": 1, "release_slips": 3}
    assert [slip.id for slip in story] == [desk.goods.slip_queries.get(slip.id).id for slip in story]
    with pytest.raises(NotFound):
        desk.goods.goods_queries.get(other_goods.id)
    holds.lift(of_goods.id, actor="user boss")
    holds.lift(of_slip.id, actor="user boss")
    assert _purge(desk) == 4
    assert _count(desk, incident_holds) == 0, "the reasons go with the records"


def test_the_last_hold_of_several_decides(desk):
    goods = _collected(desk)
    first, second = (
        desk.goods.holds.set(HoldSubject.GOODS, goods.id, reason=reason, actor="user boss") for reason in ("a", "b")
    )
    desk.goods.holds.lift(first.id, actor="user boss")
    assert _purge(desk) == 0
    assert [hold.lifted_at is None for hold in desk.goods.holds.of(HoldSubject.GOODS, goods.id)] == [True, False]
    desk.goods.holds.lift(second.id, actor="user boss")
    assert _purge(desk) == 1


def test_a_hold_is_about_a_record_says_why_and_is_lifted_once(desk):
    goods, holds = _collected(desk), desk.goods.holds
    with pytest.raises(NotFound):
        holds.set(HoldSubject.SLIP, goods.id, reason="x", actor="user boss")
    with pytest.raises(Conflict) as refused:
        holds.set(HoldSubject.GOODS, goods.id, reason=" ", actor="user boss")
    assert refused.value.code == "no-reason"
    for reason, problem in (("x" * 201, FieldProblem.TOO_LONG), ("a\nb", FieldProblem.NOT_ONE_LINE)):
        with pytest.raises(Invalid) as invalid:
            holds.set(HoldSubject.GOODS, goods.id, reason=reason, actor="user boss")
        assert invalid.value.fields == {"reason": problem}
    hold = holds.set_by_number(f" {goods.number.lower()} ", reason="陳先生投訴", actor="user boss")
    assert (hold.subject_id, hold.number) == (goods.id, goods.number)
    holds.lift(hold.id, actor="user chief")
    with pytest.raises(Conflict) as refused:
        holds.lift(hold.id, actor="user chief")
    assert refused.value.code == "hold-lifted"
    assert holds.page(lifted=False, before=None, limit=10).items == []
    assert [one.lifted_by for one in holds.page(lifted=True, before=None, limit=10).items] == ["user chief"]
    (told,) = _entries(desk, "record.held")
    assert dict(told.payload) == {"hold": hold.id, "goods": goods.id, "number": goods.number}


def test_the_digest_can_be_made_again_from_a_copy_of_the_register(desk):
    goods, slip = _collected(desk, photo=b"load"), slips.released(desk)

    def raw(table, where, value):
        with closing(sqlite3.connect(desk.store.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table} WHERE {where} = ?", (value,))]  # noqa: S608

    def sha(value):
        return hashlib.sha256(value).digest()

    (sealed,) = (row["sealed"] for row in raw("photos", "id", goods.photo_id))
    (of_goods,), (of_slip,) = raw("goods_in", "id", goods.id), raw("release_slips", "id", slip.id)
    of_goods["photos"] = [[goods.photo_id, sha(sealed).hex()]]
    for table in ("release_items", "release_trips", "release_movements"):
        of_slip[table] = raw(table, "slip_id", slip.id)
    of_slip["photos"] = []
    digest = bytes(32)
    for record in (of_goods, of_slip):
        as_json = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = sha(digest + sha(as_json.encode()))
    _purge(desk)
    assert _certificates(desk)[0].digest == digest.hex()


def test_a_box_that_dies_while_it_purges_accounts_for_every_record_once(tmp_path):
    with open_desk(tmp_path / "one", clock=SetClock(START), goods={"keep_days": 30}) as desk:
        for _ in range(22):
            _collected(desk, photo=b"load")
            slips.released(desk)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    due, data = START + KEPT, tmp_path / "one/data"
    for statement in (45, 90):
        process = subprocess.run(
            [sys.executable, "-m", "tests.support.purging_process", data, str(statement), due.isoformat(), "goods"],
            check=False, cwd=Path(__file__).parents[2], env=os.environ, capture_output=True,
        )  # fmt: skip
        assert process.returncode == -signal.SIGKILL, process.stderr
    certificates = []
    for name in ("one", "other"):
        with open_desk(tmp_path / name, clock=SetClock(due), goods={"keep_days": 30}) as desk:
            left = _count(desk, goods_in) + _count(desk, release_slips)
            assert desk.goods.purge.run(due) == left
            assert (left < 44) is (name == "one"), "something was purged before it died"
            (certificate,) = _certificates(desk)
            (told,) = _entries(desk, "goods.purged")
            assert told.payload["digest"] == certificate.digest
            assert {_count(desk, table) for table in (*OF_SLIPS, goods_in, photos)} == {0}
            certificates.append((certificate.digest, certificate.purged, certificate.slips))
    assert certificates[0] == certificates[1]
    assert certificates[0][1]["release_slips"] == certificates[0][1]["goods_in"] == 22


def test_numbers_are_kept_as_few_ranges():
    ranges = add_numbers(((2026, 3, 5),), ["R2026-00001", "R2026-00006", "R2025-00009", "R2026-00002"])
    assert ranges == ((2025, 9, 9), (2026, 1, 6))
