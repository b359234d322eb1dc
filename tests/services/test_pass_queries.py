"""Finding passes by what is known of them, and telling other gates which are revoked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from kiosk.clock import SystemClock
from kiosk.domain.passes import PassClaims, PassKind, PassStanding
from kiosk.errors import NotFound
from kiosk.services.pass_keys import PassKeys
from kiosk.services.pass_queries import PassFilter, PassQueries
from kiosk.services.sealing import SealingKey
from kiosk.store import database
from kiosk.store.database import Store
from tests.support.desk import UNIT, SetClock, open_desk
from tests.support.empty_store import open_store

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path) as desk:
        yield desk


def issue(desk, holder="王小明", *, starts=timedelta(0), lasts=4 * HOUR, uses=1, unit=UNIT):
    begins = desk.clock.now() + starts
    return desk.passes.issue(
        actor="api test", unit=unit, holder=holder, not_before=begins, not_after=begins + lasts, uses=uses, lanes=None
    ).id


def found(desk, query="", **narrowed):
    page = desk.pass_queries.page(PassFilter(query=query, **narrowed), before=None, limit=50)
    return [(record.holder, record.id) for record in page.items]


@pytest.mark.parametrize("query", ["王", "小明", "王小明", " 王小明 "])
def test_a_pass_is_found_by_any_part_of_a_chinese_name(desk, query):
    wanted = issue(desk)
    issue(desk, "陳大文")
    assert found(desk, query) == [("王小明", wanted)]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [("wong", True), ("Siu M", True), ("ming", True), ("iu", False), ("%", False), ('"', False), ("OR", False)],
)
def test_a_latin_name_is_found_by_its_words(desk, query, is_found):
    issue(desk, "Wong Siu Ming")
    assert bool(found(desk, query)) is is_found


def test_a_pass_is_found_by_its_unit_and_by_its_id(desk):
    wanted, other = issue(desk, "王小明"), issue(desk, "陳大文", unit="2-C-12-A")
    assert [one for _name, one in found(desk, UNIT.lower())] == [wanted]
    assert [one for _name, one in found(desk, unit=UNIT)] == [wanted]
    assert [one for _name, one in found(desk, other.upper())] == [other]
    assert {one for _name, one in found(desk, wanted[:8])} == {wanted, other}  # both were issued in this second
    assert found(desk, wanted[:7]) == []
    assert found(desk, "f" * 32) == []


def test_a_list_is_narrowed_to_how_passes_stand(desk):
    by_standing = {
        PassStanding.VALID: issue(desk),
        PassStanding.UPCOMING: issue(desk, starts=HOUR),
        PassStanding.ENDED: issue(desk, lasts=HOUR / 2),
        PassStanding.USED: issue(desk),
        PassStanding.REVOKED: issue(desk),
    }
    desk.show(desk.pass_queries.get(by_standing[PassStanding.USED]).token)
    desk.passes.revoke(by_standing[PassStanding.REVOKED], actor="user clerk")
    desk.clock.move(HOUR / 2)
    for standing, pass_id in by_standing.items():
        assert [one for _name, one in found(desk, standing=standing)] == [pass_id], standing
        assert desk.pass_queries.get(pass_id).standing is standing
    assert len(found(desk)) == len(PassStanding)


def test_pages_lead_from_the_newest_to_the_oldest(desk):
    issued = [issue(desk, f"王{number}") for number in range(5)]
    seen, before = [], None
    for _ in range(3):
        page = desk.pass_queries.page(PassFilter(query="王"), before=before, limit=2)
        seen += [record.id for record in page.items]
        before = page.next_after
    assert (seen, before) == (issued[::-1], None)


def test_the_receipts_of_visits_are_no_passes_of_the_list(desk):
    signed_in = desk.sign_in("王小明")
    assert found(desk) == found(desk, "王") == []
    receipt = desk.pass_queries.get(signed_in.issued.id)
    assert (receipt.claims.kind, receipt.standing) == (PassKind.VISIT, PassStanding.VALID)
    with pytest.raises(NotFound):
        desk.pass_queries.get("0" * 32)


def test_a_pass_tells_the_visits_that_were_made_with_it(desk):
    pass_id = issue(desk, uses=2)
    token = desk.pass_queries.get(pass_id).token
    for lane in ("in", "out", "in"):
        desk.show(token, lane)
    visits = desk.pass_queries.visits_of(pass_id)
    assert [visit.state.value for visit in visits] == ["signed_in", "signed_out"]
    assert desk.pass_queries.get(pass_id).uses == 2


def test_other_gates_are_told_what_is_revoked_and_has_not_ended(desk):
    ended, first, _good, second = issue(desk, lasts=HOUR), issue(desk), issue(desk), issue(desk)
    receipt = desk.sign_in("陳大文").issued.id
    for pass_id in (ended, first, second, receipt):
        desk.passes.revoke(pass_id, actor="user clerk")
    desk.clock.move(HOUR)
    page = desk.pass_queries.revocations(before=None, limit=2)
    assert (page.items[0].id, page.items[0].not_after) == (receipt, desk.clock.now() + 3 * HOUR)
    rest = desk.pass_queries.revocations(before=page.next_after, limit=2)
    assert [one.id for one in (*page.items, *rest.items)] == [receipt, second, first]
    assert rest.next_after is None


# --- what an earlier version left ---


def test_passes_of_an_earlier_version_get_their_kind_their_key_and_their_place_in_the_index(tmp_path):
    """Made as the version of migration 0007 did, brought up to date, and read."""
    clock, sealing = SystemClock(), SealingKey(bytes(32))
    signer = open_store(tmp_path / "signer", clock)
    keys = PassKeys(signer, sealing)
    keys.load()
    store = Store(tmp_path / "data", clock)
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with store._writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
    start = clock.now().replace(microsecond=0)
    rows = [(1, 1, True), (2, 1, False), (3, 5, False), (4, None, False)]
    signed = {
        number: keys.sign(PassClaims(f"{number:032x}", UNIT, PassKind.MULTI, start, start + HOUR, uses))
        for number, uses, _ in rows
    }
    with store.write() as transaction:
        transaction.connection.execute(text("INSERT INTO units VALUES (:unit, '1', 'A', '1', 'A', 1)"), {"unit": UNIT})
        for number, uses, for_visit in rows:
            transaction.connection.execute(
                text(
                    "INSERT INTO passes (id, unit, holder, not_before, not_after, max_uses, uses, state, for_visit,"
                    " token, created_at) VALUES (:id, :unit, '王小明', :start, :start, :uses, 0, 'active', :for_visit,"
                    " :token, :start)"
                ),
                {
                    "id": f"{number:032x}", "unit": UNIT, "start": int(start.timestamp() * 1_000_000), "uses": uses,
                    "for_visit": for_visit, "token": signed[number].token if number != 4 else "unreadable",
                },
            )  # fmt: skip
        transaction.connection.execute(
            text("INSERT INTO pass_keys (kid, public, created_at, retired_at) VALUES (x'aa', x'bb', 1, 2)")
        )
    store.migrate()
    queries = PassQueries(store, SetClock(start))
    kinds = [queries.get(f"{number:032x}").claims.kind for number, *_ in rows]
    assert kinds == [PassKind.VISIT, PassKind.SINGLE, PassKind.MULTI, PassKind.MULTI]
    assert [queries.get(f"{number:032x}").kid for number, *_ in rows] == [signed[1].kid] * 3 + [b""]
    listed = queries.page(PassFilter(query="王"), before=None, limit=9).items
    assert [record.seq for record in listed] == [4, 3, 2]
    (key,) = PassKeys(store, sealing).all()
    assert (key.replaced_at is not None, key.retired_at) == (True, None)
    for each in (store, signer):
        each.close()
