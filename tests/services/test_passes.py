"""Passes as text: what is signed reads back, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import base45
import cbor2
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.clock import SystemClock
from kiosk.domain.passes import PassClaims, PassKind
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from kiosk.domain.units import Unit
from kiosk.domain.weekly_hours import profile_from_lines
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.pass_keys import PassKeys, PassReading
from kiosk.services.pass_records import claims_of, weekly_of
from kiosk.services.pass_tokens import GRANT
from kiosk.services.passes import PassService
from kiosk.services.sealing import SealingKey
from kiosk.services.units import UnitService
from kiosk.store.tables import pass_keys, passes
from tests.support.empty_store import open_store
from tests.support.pass_terms import ZONE, claims

SEALING = SealingKey(bytes(32))
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLAIMS = PassClaims(
    "0" * 31 + "1", "1-A-12-3", PassKind.SINGLE, NOON, NOON + timedelta(hours=4), 1, frozenset({"in", "out"})
)
YEAR = timedelta(days=365)
HELPER = profile_from_lines(["mon,wed,fri 09:00-12:00"])


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "data", SystemClock())
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
    return PassService(store, keys, frozenset({"in", "out"}), ZONE)


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
        PassClaims("f" * 32, "2-B-1-1", PassKind.MULTI, NOON, NOON + YEAR, None, None),
        PassClaims("a" * 32, "x" * 32, PassKind.MULTI, NOON, NOON + timedelta(seconds=1), 99, frozenset()),
        PassClaims("b" * 32, "2-B-1-1", PassKind.RECURRING, NOON, NOON + YEAR, 12, None, HELPER),
    ],
)
def test_what_is_signed_reads_back(keys, claims):
    signed = keys.sign(claims)
    assert keys.read(signed.token) == PassReading(True, claims, signed.kid)


@pytest.mark.parametrize("kind", list(PassKind))
def test_a_pass_and_its_record_say_the_same(store, keys, service, kind):
    """What another gate reads from the code alone is what this gate decides by."""

    @settings(max_examples=40, deadline=None, database=None)
    @given(claims(kind, "1-A-12-3", NOON))
    def promise(wanted):
        with store.write() as transaction:
            issued = service.issue_within(
                transaction, kind=kind, unit=wanted.unit, holder="王小明", not_before=wanted.not_before,
                not_after=wanted.not_after, max_uses=wanted.max_uses, lanes=wanted.lanes, weekly=wanted.weekly,
            )  # fmt: skip
        with store.read() as connection:
            row = connection.execute(select(passes).where(passes.c.id == issued.id)).one()
        assert claims_of(row) == keys.read(issued.token).claims == replace(wanted, id=issued.id)
        assert weekly_of(row) == wanted.weekly

    promise()


@pytest.mark.parametrize(
    ("claims", "characters", "version"),
    [
        (CLAIMS, 206, 8),
        (PassClaims("f" * 32, "1-A-12-3", PassKind.SINGLE, NOON, NOON + timedelta(hours=4), 1), 195, 8),
        (PassClaims("f" * 32, "1-A-12-3", PassKind.RECURRING, NOON, NOON + YEAR, None, None, HELPER), 203, 8),
    ],
)
def test_a_pass_fits_a_code_of_version_8(keys, claims, characters, version):
    token = keys.sign(claims).token
    code = segno.make(token, error="m", boost_error=False)
    assert (len(token), code.version, code.mode) == (characters, version, "alphanumeric")


def test_the_longest_hours_still_make_a_code_that_a_camera_reads(keys):
    weekly = profile_from_lines(
        f"{day} {place}0:00-{place}0:20,{place}1:00-{place}2:30,{place}3:07-{place}3:59"
        for place, day in zip((0, 1) * 4, ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"), strict=True)
    )
    day_by_day = TimeProfile(
        {
            day: tuple(Span(span.begins_min, span.ends_min + number) for span in weekly.spans_on(day))
            for number, day in enumerate(Day)
        }
    )
    token = keys.sign(PassClaims("f" * 32, "1-A-12-3", PassKind.RECURRING, NOON, NOON + YEAR, None, None, day_by_day))
    assert segno.make(token.token, error="m", boost_error=False).version <= 12


def test_every_changed_character_is_noticed(keys):
    token = keys.sign(CLAIMS).token
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    for place, character in enumerate(token):
        other = alphabet[(alphabet.index(character) + 1) % 45]
        assert keys.read(token[:place] + other + token[place + 1 :]).claims is None


def test_another_estates_pass_is_a_pass_and_not_ours(keys, tmp_path):
    other_store = open_store(tmp_path / "other", SystemClock())
    other = PassKeys(other_store, SEALING)
    other.load()
    signed = other.sign(CLAIMS)
    assert keys.read(signed.token) == PassReading(True, None, signed.kid)
    other_store.close()


@pytest.mark.parametrize("missing", [4, 5, 7, -65537])
def test_a_signed_token_must_carry_every_claim(keys, missing):
    payload = _payload_of(keys)
    del payload[missing]
    reading = keys.read(_signed(keys, payload))
    assert (reading.is_pass, reading.claims) == (True, None)


@pytest.mark.parametrize(
    "grant",
    [
        ["1-A-12-3", None, None, 3],  # a recurring pass without hours
        ["1-A-12-3", None, None, 3, b"\x01"],
        ["1-A-12-3", None, None, 99],
        ["1-A-12-3", None, None, -1],
        ["1-A-12-3"],
    ],
)
def test_a_signed_absurdity_is_no_pass(keys, grant):
    reading = keys.read(_signed(keys, _payload_of(keys) | {GRANT: grant}))
    assert (reading.is_pass, reading.claims) == (True, None)


@pytest.mark.parametrize(("uses", "kind"), [(1, PassKind.SINGLE), (5, PassKind.MULTI), (None, PassKind.MULTI)])
def test_a_pass_of_an_earlier_version_is_good_still(keys, uses, kind):
    token = _signed(keys, _payload_of(keys) | {GRANT: ["1-A-12-3", uses, ["in", "out"]]})
    assert keys.read(token).claims == replace(CLAIMS, kind=kind, max_uses=uses)


def test_no_text_in_the_world_stops_the_reader(keys):
    @settings(deadline=None, database=None)
    @given(st.text() | st.binary().map(lambda data: base45.b45encode(data).decode()))
    def read(text):
        assert keys.read(text).claims is None

    read()


def _payload_of(keys):
    return cbor2.loads(cbor2.loads(base45.b45decode(keys.sign(CLAIMS).token)).value[2])


def _signed(keys, payload):
    message = keys._cose.encode_and_sign(cbor2.dumps(payload), keys._ring_now().signing)
    return base45.b45encode(message).decode()


def test_a_url_is_no_pass(keys):
    assert keys.read("https://example.com/") == PassReading(False)


def test_the_keys_are_the_same_after_a_restart(store, keys):
    signed = keys.sign(CLAIMS)
    again = PassKeys(store, SEALING)
    again.load()
    assert again.read(signed.token).claims == CLAIMS
    assert again.sign(CLAIMS) == signed


def test_a_lost_sealing_key_costs_no_pass(store, keys):
    signed = keys.sign(CLAIMS)
    again = PassKeys(store, SealingKey(bytes(31) + b"\x01"))
    again.load()
    assert again.read(signed.token).claims == CLAIMS
    assert again.read(again.sign(CLAIMS).token).claims == CLAIMS
    assert again.sign(CLAIMS).kid != signed.kid


def test_no_private_key_lies_open_on_the_disk(store, keys):
    raw = keys._ring_now().signing.key.private_bytes_raw()
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
        ({"not_after": datetime(2100, 1, 1, tzinfo=UTC)}, "not_after", FieldProblem.LASTS_TOO_LONG),
        ({"kind": PassKind.DAY, "uses": None}, "not_after", FieldProblem.NOT_ITS_MIDNIGHT),
        ({"kind": PassKind.DAY, "not_after": None}, "uses", FieldProblem.NOT_OF_KIND),
        ({"kind": PassKind.RECURRING, "uses": None}, "weekly", FieldProblem.REQUIRED),
        ({"weekly": HELPER}, "weekly", FieldProblem.NOT_OF_KIND),
        ({"kind": PassKind.VISIT}, "kind", FieldProblem.UNKNOWN_KIND),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(store, service, changes, field, problem):
    with pytest.raises(Invalid) as refusal:
        _issue(service, **changes)
    assert refusal.value.fields == {field: problem}
    with store.read() as connection:
        assert connection.execute(select(passes)).all() == []
