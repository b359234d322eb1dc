"""Visits whose time is up: what goes with them, what stays, and what is said of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from kiosk.config import VisitSettings
from kiosk.domain.documents import Document, DocumentKind, DocumentReason
from kiosk.domain.goods import GoodsCategory, GoodsSource, Handling, ItemCheck, NewGoods
from kiosk.domain.ids import new_id
from kiosk.domain.invitations import NewInvitation
from kiosk.domain.passes import PassKind
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.errors import NotFound
from kiosk.services.goods.holds import HoldSubject
from kiosk.services.goods.purge_certificates import Register
from kiosk.services.visit_purge import VisitPurge
from kiosk.services.visit_queries import VisitFilter
from kiosk.store import journal
from kiosk.store.tables import (
    approval_steps,
    carried_items,
    fires,
    goods_in,
    incident_holds,
    muster_marks,
    passes,
    photos,
    print_jobs,
    visits,
)
from kiosk.store.tables.base import metadata
from tests.support.desk import SetClock, open_desk

START = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
KEPT = timedelta(days=30)
UNIT = "1-A-1-A"
KINDS = {"guest": {"asks": {"name": "required", "document": "optional"}}}
DOCUMENT = Document(DocumentKind.OTHER, "K12345678")
REMARKS = metadata.tables["annotations"]
HANGING = (visits, carried_items, approval_steps, print_jobs, photos, passes, REMARKS, muster_marks)


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, clock=SetClock(START), visits={"keep_days": KEPT.days, "kinds": KINDS}) as desk:
        yield desk


def _sign_in(desk, name="zzyzx", *, kind=VisitKind.GUEST, **more):
    new = NewVisit(kind, UNIT, name, phone="91234567", purpose="x", document=DOCUMENT)
    return desk.visits.sign_in(
        new, source=VisitSource.PANEL, actor="user guard", lane=None, photo=b"face", approved_by="user guard", **more
    ).visit


def _ended(desk, name="zzyzx", **more):
    return desk.visits.sign_out(_sign_in(desk, name, **more).id, actor="user guard")


def _purge(desk, after=KEPT):
    desk.clock.set(START + after)
    return VisitPurge(desk.store, VisitSettings(keep_days=KEPT.days)).run(desk.clock.now())


def _count(desk, table):
    with desk.store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _entries(desk, type_):
    with desk.store.read() as connection:
        return journal.latest(connection, frozenset({type_}), 100)


def _mark_and_remark(desk, visit):
    with desk.store.write() as transaction:
        now, fire = transaction.now, new_id(transaction.now)
        for table, row in (
            (fires, {"id": fire, "began_at": now, "people": 1}),
            (
                muster_marks,
                {"fire_id": fire, "person_kind": "visit", "person_id": visit.id, "marked_at": now, "marked_by": "x"},
            ),
            (
                REMARKS,
                {
                    "id": new_id(now), "subject": "visit", "subject_id": visit.id, "kind": "remark", "text": "zzyzx",
                    "author": "user guard", "at": now,
                },
            ),
        ):  # fmt: skip
            transaction.connection.execute(insert(table), row)


def test_a_visit_goes_with_its_photo_its_document_its_pass_and_all_that_hangs_on_it(desk):
    visit = _sign_in(desk, carried=[("梯", 2)], kind=VisitKind.CONTRACTOR)
    other = _ended(desk, "qwxjk")
    _mark_and_remark(desk, visit)
    desk.visits.sign_out(visit.id, actor="user guard", seen={1: ItemCheck(2)})
    assert other.document_masked
    assert all(_count(desk, table) for table in HANGING)
    assert _purge(desk, KEPT - timedelta(seconds=1)) == 0
    assert _purge(desk) == 2
    assert {table.name: _count(desk, table) for table in HANGING} == dict.fromkeys((t.name for t in HANGING), 0)
    for lost in (desk.queries.get, lambda one: desk.documents.open(one, reason=DocumentReason.CHECK, actor="x")):
        with pytest.raises(NotFound):
            lost(visit.id)
    (certificate,) = desk.goods.certificates.page(before=None, limit=5).items
    assert (certificate.register, certificate.purged["visits"], certificate.is_running) == (Register.VISITS, 2, False)
    (told,) = _entries(desk, "visits.purged")
    assert (told.payload["digest"], told.payload["counts"]) == (certificate.digest, certificate.purged)
    with desk.store.read() as connection:
        assert journal.verify(connection).bad_seq is None


def test_no_search_finds_it_and_no_word_of_it_is_left_on_the_disk(desk):
    _ended(desk)
    kept = _sign_in(desk, "qwxjk")
    assert _purge(desk) == 1
    assert desk.queries.page(VisitFilter(query="zzyzx"), before=None, limit=10).items == []
    assert [one.id for one in desk.queries.page(VisitFilter(query="qwxjk"), before=None, limit=10).items] == [kept.id]
    with desk.store.read() as connection:
        blocks = connection.execute(text("SELECT block FROM visit_search_data")).scalars().all()
    assert not any(b"zzyzx" in block for block in blocks)


def test_who_is_inside_or_waits_stays(desk):
    _sign_in(desk)
    waiting = NewVisit(VisitKind.CONTRACTOR, UNIT, "何文", phone="91234567", purpose="x")
    desk.visits.sign_in(waiting, source=VisitSource.TOUCH, actor="touchscreen", lane=None)
    assert _purge(desk, timedelta(days=90)) == 0
    assert _entries(desk, "visits.purged") == []


def test_a_pass_that_was_issued_ahead_goes_as_long_after_its_end(desk):
    now = desk.clock.now()
    issued = desk.passes.issue(
        actor="user desk", unit=UNIT, holder="zzyzx", not_before=now, not_after=now + timedelta(days=20), uses=None,
        lanes=None, kind=PassKind.MULTI,
    )  # fmt: skip
    visit = _ended(desk)
    with desk.store.write() as transaction:
        made_with = update(visits).where(visits.c.id == visit.id).values(pass_id=issued.id)
        transaction.connection.execute(made_with)
    hold = desk.goods.holds.set(HoldSubject.VISIT, visit.id, reason="投訴", actor="user boss")
    assert _purge(desk, KEPT + timedelta(days=20)) == 0, "a visit that stays needs its pass"
    desk.goods.holds.lift(hold.id, actor="user boss")
    assert _purge(desk, KEPT + timedelta(days=20) - timedelta(seconds=1)) == 1
    assert desk.pass_queries.get(issued.id).holder == "zzyzx"
    assert _purge(desk, KEPT + timedelta(days=20)) == 1
    with pytest.raises(NotFound):
        desk.pass_queries.get(issued.id)
    with desk.store.read() as connection:
        blocks = connection.execute(text("SELECT block FROM pass_search_data")).scalars().all()
    assert not any(b"zzyzx" in block for block in blocks)


def test_an_invitation_goes_with_its_pass_though_the_guest_never_came(desk):
    now = desk.clock.now()
    invitation = desk.invitations.invite(
        NewInvitation(UNIT, "zzyzx", now, now + timedelta(hours=8), phone="91234567"), actor="api app"
    )
    assert _purge(desk) == 0
    assert _purge(desk, KEPT + timedelta(hours=8)) == 1
    with pytest.raises(NotFound):
        desk.invitations.get(invitation.id)
    (certificate,) = desk.goods.certificates.page(before=None, limit=5).items
    assert certificate.purged == {"invitations": 1, "passes": 1}


def test_goods_stay_longer_and_no_longer_say_by_whom_they_came(desk):
    registered = desk.goods.goods_in.register(
        NewGoods(UNIT, "DHL", GoodsCategory.PARCEL, Handling.DOOR, carrier_name="陳師傅"), source=GoodsSource.PANEL,
        actor="user guard", lane=None, approved_by="user guard",
    )  # fmt: skip
    visit_id = registered.goods.visit_id
    desk.visits.sign_out(visit_id, actor="user guard")
    hold = desk.goods.holds.set(HoldSubject.GOODS, registered.goods.id, reason="投訴", actor="user boss")
    assert _purge(desk) == 0, "held goods keep the visit by which they came"
    desk.goods.holds.lift(hold.id, actor="user boss")
    assert _purge(desk) == 1
    assert desk.goods.goods_queries.get(registered.goods.id).visit_id is None
    assert _count(desk, goods_in) == 1


def test_a_hold_keeps_a_visit_and_its_photo(desk):
    held, other = _ended(desk), _ended(desk)
    hold = desk.goods.holds.set_by_number(held.number, reason="投訴", actor="user boss")
    assert (hold.subject, hold.subject_id, hold.number) == (HoldSubject.VISIT, held.id, held.number)
    assert _purge(desk) == 1
    (certificate,) = desk.goods.certificates.page(before=None, limit=5).items
    assert certificate.held == {"visits": 1}
    assert desk.photos.jpeg(held.photo_id) == b"face"
    with pytest.raises(NotFound):
        desk.queries.get(other.id)
    desk.goods.holds.lift(hold.id, actor="user boss")
    assert _purge(desk) == 1
    assert (_count(desk, photos), _count(desk, incident_holds)) == (0, 0)


def test_an_interrupted_run_of_goods_is_not_gone_on_with_by_visits(desk):
    _ended(desk)
    with desk.store.write() as transaction:
        row = {
            "id": new_id(transaction.now), "ended_before": transaction.now, "at": transaction.now, "by": "system",
            "counts": {"purged": {"goods_in": 10}, "held": {}, "slips": [], "running": True}, "digest": "0" * 64,
        }  # fmt: skip
        transaction.connection.execute(insert(metadata.tables["purge_certificates"]), row)
    assert _purge(desk) == 1
    of_visits, of_goods = desk.goods.certificates.page(before=None, limit=5).items
    assert (of_goods.register, of_goods.is_running, of_goods.purged) == (Register.GOODS, True, {"goods_in": 10})
    assert (of_visits.register, of_visits.is_running) == (Register.VISITS, False)


def test_a_box_that_dies_while_it_purges_accounts_for_every_visit_once(tmp_path):
    settings = {"keep_days": KEPT.days, "kinds": KINDS}
    with open_desk(tmp_path / "one", clock=SetClock(START), visits=settings) as desk:
        for _ in range(33):
            _ended(desk)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    due, data = START + KEPT, tmp_path / "one/data"
    for statement in (40, 75):
        process = subprocess.run(
            [sys.executable, "-m", "tests.support.purging_process", data, str(statement), due.isoformat(), "visits"],
            check=False, cwd=Path(__file__).parents[2], env=os.environ, capture_output=True,
        )  # fmt: skip
        assert process.returncode == -signal.SIGKILL, process.stderr
    certificates = []
    for name in ("one", "other"):
        with open_desk(tmp_path / name, clock=SetClock(due), visits=settings) as desk:
            left = _count(desk, visits)
            assert VisitPurge(desk.store, VisitSettings(keep_days=KEPT.days)).run(due) == left
            assert (left < 33) is (name == "one"), "something was purged before it died"
            (certificate,) = desk.goods.certificates.page(before=None, limit=5).items
            (told,) = _entries(desk, "visits.purged")
            assert told.payload["digest"] == certificate.digest
            assert {_count(desk, table) for table in HANGING} == {0}
            certificates.append((certificate.digest, certificate.purged))
    assert certificates[0] == certificates[1]
    assert certificates[0][1]["visits"] == certificates[0][1]["photos"] == certificates[0][1]["passes"] == 33
