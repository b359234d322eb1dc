"""Passes as text: what is signed reads back, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import base45
import cbor2
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.clock import SystemClock
from kiosk.domain.passes import PassClaims
from kiosk.domain.units import Unit
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.passes import PassKeys, PassReading, PassService
from kiosk.services.sealing import SealingKey
from kiosk.services.units import UnitService
from kiosk.store.database import Store
from kiosk.store.tables import pass_keys, passes

SEALING = SealingKey(bytes(32))
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLAIMS = PassClaims("0" * 31 + "1", "1-A-12-3", NOON, NOON + timedelta(hours=4), 1, frozenset({"in", "out"}))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data", SystemClock())
    store.migrate()
    UnitService(store).replace_all([Unit("1-A-12-3", "1", "A", "12", "3")])
    yield store
    store.close()


@pytest.fixture
def keys(store):
    keys = PassKeys(store, SEALING)
    keys.load()
    return keys


@pytest.fixture
def service(store, keys):
    return PassService(store, keys, frozenset({"in", "out"}))


def _issue(service, **changes):
    now = datetime.now(UTC)
    wanted = {
        "actor": "api test", "unit": "1-A-12-3", "holder": "王小明", "not_before": now,
        "not_after": now + timedelta(hours=1), "uses": 1, "lanes": None,
    }  # fmt: skip
    return service.issue(**(wanted | changes))


@pytest.mark.parametrize(
    "claims",
    [
        CLAIMS,
        PassClaims("f" * 32, "2-B-1-1", NOON, NOON + timedelta(days=365), None, None),
        PassClaims("a" * 32, "x" * 32, NOON, NOON + timedelta(seconds=1), 99, frozenset()),
    ],
)
def test_what_is_signed_reads_back(keys, claims):
    assert keys.read(keys.sign(claims)) == PassReading(True, claims)


def test_a_pass_fits_a_code_of_version_8(keys):
    token = keys.sign(PassClaims("f" * 32, "1-A-12-3", NOON, NOON + timedelta(hours=4), 1, None))
    code = segno.make(token, error="m", boost_error=False)
    assert (code.version, code.mode) == (8, "alphanumeric")


def test_every_changed_character_is_noticed(keys):
    token = keys.sign(CLAIMS)
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    for place, character in enumerate(token):
        other = alphabet[(alphabet.index(character) + 1) % 45]
        assert keys.read(token[:place] + other + token[place + 1 :]).claims is None


def test_another_estates_pass_is_a_pass_and_not_ours(keys, tmp_path):
    other_store = Store(tmp_path / "other", SystemClock())
    other_store.migrate()
    other = PassKeys(other_store, SEALING)
    other.load()
    assert keys.read(other.sign(CLAIMS)) == PassReading(True, None)
    other_store.close()


@pytest.mark.parametrize("missing", [4, 5, 7, -65537])
def test_a_signed_token_must_carry_every_claim(keys, missing):
    signed = base45.b45decode(keys.sign(CLAIMS))
    payload = cbor2.loads(cbor2.loads(signed).value[2])
    del payload[missing]
    token = base45.b45encode(keys._cose.encode_and_sign(cbor2.dumps(payload), keys._signing)).decode()
    assert keys.read(token) == PassReading(True, None)


@given(st.text() | st.binary().map(lambda data: base45.b45encode(data).decode()))
def test_no_text_in_the_world_stops_the_reader(text):
    reader = PassKeys.__new__(PassKeys)
    reader._trusted = {}
    assert reader.read(text).claims is None


def test_a_url_is_no_pass(keys):
    assert keys.read("https://example.com/") == PassReading(False)


def test_the_keys_are_the_same_after_a_restart(store, keys):
    token = keys.sign(CLAIMS)
    again = PassKeys(store, SEALING)
    again.load()
    assert again.read(token).claims == CLAIMS
    assert again.sign(CLAIMS) == token


def test_a_lost_sealing_key_costs_no_pass(store, keys):
    token = keys.sign(CLAIMS)
    again = PassKeys(store, SealingKey(bytes(31) + b"\x01"))
    again.load()
    assert again.read(token).claims == CLAIMS
    assert again.read(again.sign(CLAIMS)).claims == CLAIMS
    assert again.sign(CLAIMS) != token


def test_no_private_key_lies_open_on_the_disk(store, keys):
    raw = keys._signing.key.private_bytes_raw()
    with store.read() as connection:
        rows = connection.execute(select(pass_keys)).all()
    assert rows
    assert all(raw not in (row.sealed_private or b"") for row in rows)


def test_issue_and_revoke(store, service):
    issued = _issue(service)
    service.revoke(issued.id, actor="api test")
    with store.read() as connection:
        assert connection.execute(select(passes.c.state)).scalar_one() == "revoked"
    with pytest.raises(Conflict):
        service.revoke(issued.id, actor="api test")
    with pytest.raises(NotFound):
        service.revoke("0" * 32, actor="api test")


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"unit": "9-Z-1-1"}, "unit", FieldProblem.UNKNOWN_UNIT),
        ({"lanes": frozenset({"sideways"})}, "lanes", FieldProblem.UNKNOWN_LANE),
        ({"not_after": NOON, "not_before": NOON - timedelta(hours=1)}, "not_after", FieldProblem.IN_THE_PAST),
        ({"not_before": datetime(2100, 1, 1, tzinfo=UTC)}, "not_after", FieldProblem.ENDS_BEFORE_START),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(store, service, changes, field, problem):
    with pytest.raises(Invalid) as refusal:
        _issue(service, **changes)
    assert refusal.value.fields == {field: problem}
    with store.read() as connection:
        assert connection.execute(select(passes)).all() == []
