"""Keys that follow one another, keys of other gates, and a running server that hears of both."""

from __future__ import annotations

import base64
from datetime import timedelta

import cbor2
import pytest
from cwt import COSEKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.domain.passes import PassClaims, PassKind
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.hours import Hours
from kiosk.services.key_sets import PublicKey, read_key_set, write_key_set
from kiosk.services.pass_check import PassChecker, PassVerdict
from kiosk.services.pass_keys import PassKeys, PassKeyState, PassReading
from kiosk.services.pass_records import record_of
from kiosk.services.sealing import SealingKey
from kiosk.services.units import UnitService
from kiosk.store import journal
from kiosk.store.tables import pass_keys, passes
from tests.support.appliance import document
from tests.support.desk import UNIT, ZONE, SetClock, open_desk
from tests.support.empty_store import open_store

ACTOR = "command line"
HOUR = timedelta(hours=1)
SEALING = SealingKey(bytes(32))


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path / "here") as here:
        yield here


@pytest.fixture
def keys(desk):
    """The keys as another process sees them: a command beside the server that the desk is."""
    return PassKeys(desk.store, desk.sealing)


@pytest.fixture
def other(tmp_path):
    """The keys of another gate."""
    store = open_store(tmp_path / "other" / "data", SetClock())
    other = PassKeys(store, SEALING)
    other.load()
    yield other
    store.close()


def _issue(desk, *, lasts=HOUR, uses=1):
    now = desk.clock.now()
    return desk.passes.issue(
        actor="api test", unit=UNIT, holder="王小明", not_before=now, not_after=now + lasts, uses=uses, lanes=None
    )


def _claims(desk, number=1, **changes):
    now = desk.clock.now()
    plain = {
        "id": f"{number:032x}", "unit": UNIT, "kind": PassKind.MULTI, "not_before": now, "not_after": now + HOUR,
        "max_uses": 3,
    }  # fmt: skip
    return PassClaims(**(plain | changes))


def _entries(desk, prefix):
    with desk.store.read() as connection:
        return [entry for entry in journal.after(connection, 0, 1000) if entry.type.startswith(prefix)]


def _states(keys):
    return [key.state for key in keys.all()]


# --- rotation ---


def test_a_rotation_signs_anew_at_once_and_costs_no_pass(desk, keys):
    before = _issue(desk)
    kid = keys.rotate(actor=ACTOR)
    after = _issue(desk)
    assert [desk.keys.read(issued.token).kid for issued in (before, after)][1] == kid
    assert all(desk.keys.read(issued.token).claims for issued in (before, after))
    assert _states(keys) == [PassKeyState.HONOURED, PassKeyState.SIGNING]
    types = [(entry.type, entry.actor) for entry in _entries(desk, "pass_key.")]
    assert types == [("pass_key.made", "system"), ("pass_key.replaced", ACTOR), ("pass_key.made", ACTOR)]


def test_a_command_with_another_sealing_key_does_not_stop_the_server(desk):
    PassKeys(desk.store, SEALING).load()
    issued = _issue(desk)
    assert desk.show(issued.token).decision.granted
    desk.keys.load()
    assert desk.keys.read(_issue(desk).token).kid != desk.keys.read(issued.token).kid


def test_the_private_half_of_a_replaced_key_is_destroyed(desk, keys):
    keys.rotate(actor=ACTOR)
    with desk.store.read() as connection:
        rows = connection.execute(select(pass_keys).order_by(pass_keys.c.created_at)).all()
    assert [row.sealed_private is None for row in rows] == [row.replaced_at is not None for row in rows]
    assert sorted(row.sealed_private is None for row in rows) == [False, True]


def test_a_key_is_retired_when_its_last_pass_has_ended(desk, keys):
    short, long = _issue(desk), _issue(desk, lasts=5 * HOUR)
    keys.rotate(actor=ACTOR)
    now = desk.clock.now()
    assert keys.retire_spent_keys(now + 2 * HOUR) == 0
    assert keys.retire_spent_keys(now + 5 * HOUR) == 1
    assert keys.retire_spent_keys(now + 6 * HOUR) == 0
    assert _states(keys) == [PassKeyState.RETIRED, PassKeyState.SIGNING]
    assert len(_entries(desk, "pass_key.retired")) == 1
    # What it signed is told to be over, not to be forged.
    desk.clock.move(6 * HOUR)
    assert [desk.show(issued.token).decision.code.value for issued in (short, long)] == ["expired", "expired"]


def test_the_gate_retires_spent_keys_by_itself_once_a_day(tmp_path):
    clock = SetClock()
    appliance = build_appliance(parse(document()), tmp_path / "data", clock=clock)
    appliance.housekeeping.run_due()
    appliance.pass_keys.rotate(actor=ACTOR)
    appliance.housekeeping.run_due()
    assert _states(appliance.pass_keys) == [PassKeyState.HONOURED, PassKeyState.SIGNING]
    clock.move(timedelta(days=1))
    appliance.housekeeping.run_due()
    assert _states(appliance.pass_keys) == [PassKeyState.RETIRED, PassKeyState.SIGNING]
    appliance.store.close()


def test_the_key_that_signs_is_never_retired(desk, keys):
    assert keys.retire_spent_keys(desk.clock.now() + timedelta(days=9999)) == 0


def test_a_retired_key_vouches_for_nothing_later(desk, keys, monkeypatch):
    """Whoever gets hold of an old private key cannot make a pass with it."""
    stolen = desk.keys._ring_now().signing
    keys.rotate(actor=ACTOR)
    now = desk.clock.now()
    keys.retire_spent_keys(now + HOUR)
    ring = desk.keys._ring_now()
    monkeypatch.setattr(desk.keys, "_ring", type(ring)(ring.generation, stolen, ring.known))
    late, early = desk.keys.sign(_claims(desk, not_after=now + 2 * HOUR)), desk.keys.sign(_claims(desk))
    assert desk.keys.read(late.token).claims is None
    assert desk.keys.read(early.token).claims is not None


def test_a_clock_that_ran_ahead_costs_no_pass(desk, keys):
    issued = _issue(desk)
    keys.rotate(actor=ACTOR)
    assert keys.retire_spent_keys(desk.clock.now() + timedelta(days=9999)) == 1
    assert desk.show(issued.token).decision.granted


def test_the_list_tells_until_when_a_key_is_needed(desk, keys):
    _issue(desk)
    _issue(desk, lasts=3 * HOUR)
    (key,) = keys.all()
    assert (key.gate, key.state) == ("", PassKeyState.SIGNING)
    assert key.last_pass_ends_at == desk.clock.now() + 3 * HOUR


# --- other gates ---


def test_only_public_halves_are_exported(desk, keys):
    keys.rotate(actor=ACTOR)
    keys.rotate(actor=ACTOR)
    keys.retire_spent_keys(desk.clock.now())
    exported = keys.export()
    (entry,) = cbor2.loads(exported)
    assert entry.keys() == {1, 2, 3, 4, -1, -2}
    assert COSEKey.new(entry).kid == keys.all()[-1].kid
    private = desk.keys._ring_now().signing.key.private_bytes_raw()
    assert private not in exported


@pytest.mark.parametrize("wrapped", [lambda exported: exported, base64.b64encode, base64.encodebytes])
def test_another_gates_pass_is_genuine_once_that_gate_is_trusted(desk, keys, other, wrapped):
    signed = other.sign(_claims(desk))
    unknown = PassReading(True, None, signed.kid)
    assert desk.keys.read(signed.token) == unknown
    assert keys.trust(wrapped(other.export()), "north gate", actor=ACTOR) == (1, 0)
    assert desk.keys.read(signed.token) == PassReading(True, _claims(desk), signed.kid, "north gate")
    assert [(key.gate, key.state) for key in keys.all()][1:] == [("north gate", PassKeyState.TRUSTED)]
    assert keys.distrust("north gate", actor=ACTOR) == 1
    assert desk.keys.read(signed.token) == unknown
    assert [entry.payload for entry in _entries(desk, "pass_key.") if "trusted" in entry.type] == [
        {"kid": signed.kid.hex()}
    ] * 2


def test_a_new_export_takes_the_place_of_the_last(desk, keys, other):
    old = other.sign(_claims(desk))
    keys.trust(other.export(), "north gate", actor=ACTOR)
    other.rotate(actor=ACTOR)
    assert keys.trust(other.export(), "north gate", actor=ACTOR) == (1, 0)
    assert desk.keys.read(old.token).claims is not None
    other.retire_spent_keys(desk.clock.now())
    assert keys.trust(other.export(), "north gate", actor=ACTOR) == (0, 1)
    assert desk.keys.read(old.token).claims is None
    assert keys.trust(other.export(), "north gate", actor=ACTOR) == (0, 0)


def test_a_key_belongs_to_one_gate(desk, keys, other):
    with pytest.raises(Conflict):
        keys.trust(keys.export(), "north gate", actor=ACTOR)
    keys.trust(other.export(), "north gate", actor=ACTOR)
    with pytest.raises(Conflict):
        keys.trust(other.export(), "south gate", actor=ACTOR)
    (key,) = read_key_set(other.export())
    with pytest.raises(Conflict):
        keys.trust(write_key_set([PublicKey(key.kid, bytes(32))]), "north gate", actor=ACTOR)
    with pytest.raises(NotFound):
        keys.distrust("south gate", actor=ACTOR)
    with pytest.raises(NotFound):
        keys.distrust("", actor=ACTOR)
    assert desk.keys.read(desk.keys.sign(_claims(desk)).token).claims is not None


_KEY = {1: 1, 2: b"kid1", 3: -8, 4: [2], -1: 6, -2: bytes(32)}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no key set", b"\x80", b"\xa0", cbor2.dumps([7]), cbor2.dumps([_KEY | {-4: bytes(32)}]),
        cbor2.dumps([_KEY | {-2: b"short"}]), cbor2.dumps([_KEY | {2: b""}]), cbor2.dumps([_KEY | {4: [1]}]),
        cbor2.dumps([_KEY | {-1: 7}]), cbor2.dumps([_KEY, _KEY]), cbor2.dumps([_KEY | {4: 2}]), bytes(20_000),
    ],
)  # fmt: skip
def test_what_is_no_set_of_public_keys_is_refused(keys, data):
    with pytest.raises(Invalid) as refusal:
        keys.trust(data, "north gate", actor=ACTOR)
    assert refusal.value.fields == {"file": FieldProblem.NOT_A_KEY_SET}


def test_keys_of_other_kinds_are_passed_over():
    foreign = {1: 2, 2: b"ec", 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}
    assert read_key_set(cbor2.dumps([foreign, _KEY, "?"])) == [PublicKey(b"kid1", bytes(32))]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 33])
def test_a_gate_has_a_name(keys, other, name):
    with pytest.raises(Invalid) as refusal:
        keys.trust(other.export(), name, actor=ACTOR)
    assert set(refusal.value.fields) == {"name"}


# --- passes of other gates on record ---


def _met(desk, signed):
    with desk.store.write() as transaction:
        return record_of(transaction, desk.keys.read(signed.token), signed.token, actor="lane in")


def test_another_gates_pass_is_put_on_record_when_first_seen(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    signed = other.sign(_claims(desk))
    rows = [_met(desk, signed) for _ in range(2)]
    assert rows[0] == rows[1]
    assert (rows[0].gate, rows[0].holder, rows[0].uses, rows[0].max_uses) == ("north gate", "north gate", 0, 3)
    (entry,) = _entries(desk, "pass.taken_in")
    assert (entry.actor, entry.payload) == ("lane in", {"pass": _claims(desk).id, "kid": signed.kid.hex()})


def test_the_receipt_of_another_gates_visit_has_its_way_in_behind_it(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    row = _met(desk, other.sign(_claims(desk, kind=PassKind.VISIT, max_uses=1)))
    assert (row.kind, row.uses, row.max_uses) == ("visit", 1, 1)


def test_a_pass_for_a_unit_that_is_not_here_is_unknown(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    assert _met(desk, other.sign(_claims(desk, unit="9-Z-9"))) is None
    assert _met(desk, other.sign(_claims(desk))) is not None


def test_a_pass_of_nobody_known_is_unknown(desk, other):
    assert _met(desk, other.sign(_claims(desk))) is None


def test_no_other_gate_has_a_say_in_our_passes(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    issued = _issue(desk)
    assert _met(desk, other.sign(_claims(desk, id=issued.id))) is None
    assert _met(desk, other.sign(_claims(desk))).id == _claims(desk).id


def test_a_pass_of_ours_that_is_not_on_record_is_unknown(desk):
    assert _met(desk, desk.keys.sign(_claims(desk))) is None


def test_another_gates_pass_is_revoked_here_before_it_is_ever_seen(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    signed = other.sign(_claims(desk))
    assert desk.passes.revoke_shown(signed.token, actor="user clerk") == _claims(desk).id
    assert _met(desk, signed).state == "revoked"
    with pytest.raises(Conflict):
        desk.passes.revoke_shown(signed.token, actor="user clerk")
    with pytest.raises(NotFound):
        desk.passes.revoke_shown("no pass", actor="user clerk")


def test_what_another_gate_has_revoked_is_refused_here(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    seen, unseen, ended = (other.sign(_claims(desk, number)) for number in (1, 2, 3))
    assert _met(desk, seen).state == "active"
    now = desk.clock.now()
    listed = {f"{number:032x}": now + HOUR for number in (1, 2)} | {f"{3:032x}": now}
    assert desk.passes.refuse_listed(listed, actor="api office") == 2
    assert desk.passes.refuse_listed(listed, actor="api office") == 0
    checker = PassChecker(desk.keys, desk.pass_queries, UnitService(desk.store), desk.clock, Hours(ZONE, None))
    assert [checker.check(signed.token).verdict for signed in (seen, unseen)] == [PassVerdict.REVOKED] * 2
    assert [_met(desk, signed).state for signed in (seen, unseen, ended)] == ["revoked", "revoked", "active"]
    actors = [entry.actor for entry in _entries(desk, "pass.revoked")]
    assert actors == ["api office", "lane in"]


def test_a_revoked_pass_that_never_comes_is_forgotten_when_it_has_ended(desk):
    now = desk.clock.now()
    desk.passes.refuse_listed({"a" * 32: now + HOUR, "b" * 32: now + 2 * HOUR}, actor="api office")
    assert desk.passes.forget_ended(now + HOUR) == 1
    assert [desk.pass_queries.is_revoked_elsewhere(letter * 32) for letter in "ab"] == [False, True]


def test_another_gates_pass_is_no_pre_registration(tmp_path, other):
    with open_desk(tmp_path, visits={"kinds": {"guest": {"approval": "pre-registration"}}}) as desk:
        desk.keys.trust(other.export(), "north gate", actor=ACTOR)
        assert _met(desk, other.sign(_claims(desk))) is not None
        assert desk.sign_in("north gate").visit.state.value == "waiting"


def test_the_passes_of_a_gate_that_is_trusted_no_more_stay_on_record(desk, keys, other):
    keys.trust(other.export(), "north gate", actor=ACTOR)
    signed = other.sign(_claims(desk))
    _met(desk, signed)
    keys.distrust("north gate", actor=ACTOR)
    assert _met(desk, signed) is None
    with desk.store.read() as connection:
        assert connection.execute(select(passes.c.gate).where(passes.c.id == _claims(desk).id)).scalar_one()


# --- whatever happens ---


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("issue"), st.integers(1, 72)),
        st.tuples(st.just("rotate"), st.just(0)),
        st.tuples(st.just("housekeeping"), st.integers(-48, 48)),  # by a clock that may be hours off
        st.tuples(st.just("time passes"), st.integers(0, 48)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=25,
)


def test_no_rotation_ever_costs_a_pass(tmp_path_factory):
    """Every pass stays genuine for as long as it lasts, and afterwards is still told to be one that is over."""

    @settings(max_examples=20, deadline=None, database=None)
    @given(_steps)
    def live(steps):
        with open_desk(tmp_path_factory.mktemp("gate")) as desk:
            keys, tokens = desk.keys, []
            for what, hours in steps:
                if what == "issue":
                    tokens.append(_issue(desk, lasts=hours * HOUR).token)
                elif what == "rotate":
                    keys.rotate(actor=ACTOR)
                elif what == "housekeeping":
                    keys.retire_spent_keys(desk.clock.now() + hours * HOUR)
                elif what == "time passes":
                    desk.clock.move(hours * HOUR)
                else:
                    keys = PassKeys(desk.store, desk.sealing)
                    keys.load()
                assert all(keys.read(token).claims is not None for token in tokens)
                assert [key.state for key in keys.all()].count(PassKeyState.SIGNING) == 1

    live()
