"""A link of one unit never sees nor touches anything of another: over every route there is, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from kiosk.domain.goods import GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.invitations import NewInvitation
from kiosk.domain.slips import NewItem, NewSlip, Requester, SlipKind, SlipSource, SlipState
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.host.resident import BOX, Resident, make_link
from tests.support.appliance import UNITS, TestGate
from web import create_app

MINE, THEIRS = UNITS[0].code, UNITS[1].code
THEIR_GUEST, THEIR_VISITOR, THEIR_LINK = "Zebedee Invited", "Zebedee Waiting", "Zebedee phone"
THEIR_CARRIER, THEIR_THING = "Zebedee Express", "Zebedee sofa"


@dataclass(frozen=True)
class Ids:
    """What a unit has: a visit that waits, an invitation, the pass and link behind them, kept goods, a release slip."""

    visit: str
    invitation: str
    pass_id: str
    link: str
    number: str
    token: str
    goods: str
    collect_code: str
    slip: str
    slip_number: str
    slip_token: str


def furnish(gate: TestGate, unit: str, guest: str, visitor: str, link_name: str, *, goods: tuple[str, str]) -> Ids:
    box = gate.appliance
    link, _token = make_link(gate, unit, link_name)
    now = box.clock.now()
    new = NewInvitation(unit, guest, now, now + timedelta(days=2))
    invitation = box.invitations.invite(new, actor=link.actor, link=link)
    visit = box.visits.sign_in(
        NewVisit(VisitKind.GUEST, unit, visitor), source=VisitSource.TOUCH, actor="touchscreen", lane="in",
        photo=b"\xff\xd8 " + unit.encode(),
    ).visit  # fmt: skip
    photo = b"\xff\xd8 " + unit.encode()
    kept = box.goods.goods_in.register(
        NewGoods(unit, goods[0], GoodsCategory.PARCEL, Handling.GATE), source=GoodsSource.PANEL, actor="user guard",
        lane=None, photo=photo,
    ).goods  # fmt: skip
    asked = NewSlip(
        SlipKind.HOUSEHOLD, Requester.OWNER, link_name, (NewItem(goods[1], 1, photo=photo),), now,
        now + timedelta(days=2), unit,
    )  # fmt: skip
    slip = box.goods.slips.request(asked, source=SlipSource.LINK, actor=link.actor)
    return Ids(
        visit.id, invitation.id, invitation.pass_id, link.id, visit.number, invitation.token,
        kept.id, box.goods.codes.collect_code(kept.id), slip.id, slip.number, box.goods.slip_queries.token_of(slip),
    )  # fmt: skip


def rules(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("host.")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def test_no_request_of_one_unit_tells_or_changes_anything_of_another(gate: TestGate, app: Flask) -> None:
    _link, token = make_link(gate, MINE, is_owner=True)
    resident = Resident(app, token)
    mine = furnish(gate, MINE, "My guest", "My visitor", "my phone", goods=("My carrier", "My sofa"))
    theirs = furnish(gate, THEIRS, THEIR_GUEST, THEIR_VISITOR, THEIR_LINK, goods=(THEIR_CARRIER, THEIR_THING))
    routes = rules(app)
    assert len(routes) >= 22
    secrets = (
        THEIR_GUEST, THEIR_VISITOR, THEIR_LINK, THEIR_CARRIER, THEIR_THING, theirs.number, theirs.token, theirs.visit,
        theirs.invitation, theirs.goods, theirs.collect_code, theirs.slip, theirs.slip_number, theirs.slip_token,
    )  # fmt: skip
    secret_bytes = (b"\xff\xd8 " + THEIRS.encode(), *(text.encode() for text in secrets))
    every_id = [
        value
        for ids in (mine, theirs)
        for value in (ids.visit, ids.invitation, ids.pass_id, ids.link, ids.goods, ids.slip)
    ]
    record_ids = [*every_id, "none", THEIRS]
    asked_for = [(route, one) for route in routes for one in (record_ids if route[0].arguments else record_ids[-1:])]
    theirs_to_find = {theirs.visit, theirs.invitation, theirs.goods, theirs.slip}
    form_token = resident.form_token()
    fields = st.dictionaries(
        st.sampled_from(["unit", "visit_id", "invitation_id", "link", "visitor_name", "before", "repeats", "day"]),
        st.sampled_from([THEIRS, *every_id, "once", "weekly", "2030-01-01", "9999999999"]),
        max_size=4,
    )

    @settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.permutations(asked_for), fields, st.booleans())
    def ask_all(order: list[tuple[tuple[Rule, str], str]], given_fields: dict[str, str], as_query: bool) -> None:  # noqa: FBT001
        for (rule, method), record_id in order:
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<{name}>", record_id)
            sent: dict[str, Any] = {"query_string": given_fields} if as_query else {}
            if method == "POST":
                sent["data"] = given_fields | {"csrf_token": form_token}
            answer = resident.client.open(path, method=method, environ_overrides=resident.environ, **sent)
            told = answer.data + str(answer.headers).encode()
            # What was asked for may be named again, as in the field of a form; that is no news.
            asked = {record_id, *given_fields.values()}
            assert not any(each in told for each in secret_bytes if each.decode("latin-1") not in asked), (method, path)
            if rule.arguments and "token" not in rule.arguments and record_id in theirs_to_find:
                assert answer.status_code == 404, (method, path)

    before = gate.appliance.feed.last_seq
    ask_all()
    box = gate.appliance
    assert box.visit_queries.get(theirs.visit).state is VisitState.WAITING
    assert not box.invitations.get(theirs.invitation).is_revoked
    assert box.goods.slip_queries.get(theirs.slip).state is SlipState.REQUESTED
    assert [one.id for one in box.invitations.page(THEIRS, before=None, limit=100).items] == [theirs.invitation]
    for entry in gate.entries("", before):
        if entry.actor.startswith("host "):
            assert theirs.visit not in str(entry.payload)
            assert theirs.pass_id not in str(entry.payload)
            assert theirs.slip not in str(entry.payload)
    box.visits.cancel(theirs.visit, actor="touchscreen")
    if box.visit_queries.get(mine.visit).state is VisitState.WAITING:
        box.visits.cancel(mine.visit, actor="touchscreen")


@pytest.mark.parametrize("forged", [{"link": "x"}, {"link": None}, {}])
def test_a_session_that_was_not_signed_here_is_none(app: Flask, gate: TestGate, forged: dict[str, Any]) -> None:
    link, token = make_link(gate, MINE)
    stranger = Resident(app, token)
    serializer = create_app(gate.appliance).session_interface.get_signing_serializer(app)
    assert serializer is not None
    serializer.secret_keys = [b"another"]
    stranger.client.set_cookie("gatehouse_host", serializer.dumps({"link": link.id} | forged), domain=BOX, path="/r")
    assert stranger.get("/r/").status_code == 401
