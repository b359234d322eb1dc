"""Residents' links: what opens them, what does not any more, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.domain.notices import Language
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.resident_links import MAX_LINKS_OF_UNIT, TICKET_LASTS, NewLink
from kiosk.store import journal
from kiosk.store.tables import resident_links
from tests.support.appliance import UNITS
from tests.support.desk import UNIT, Desk, open_desk

ADDRESS = "bark://bark.example/s3cret"
PHONE = "9123 4567"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


def make(desk: Desk, name: str = "陳太 phone", unit: str = UNIT, **facts):
    return desk.links.make(NewLink(unit, name, **facts), actor="user clerk")


def test_a_token_opens_its_link_and_is_kept_by_its_hash_only(desk: Desk) -> None:
    link, token = make(desk, phone=PHONE, address=ADDRESS, language=Language.EN)
    opened = desk.links.open(token)
    assert opened is not None
    assert (opened.link, opened.until) == (link, None)
    assert (link.unit, link.name, link.phone, link.language, link.is_told) == (
        UNIT, "陳太 phone", PHONE, Language.EN, True,
    )  # fmt: skip
    assert desk.links.address(link.id) == ADDRESS
    desk.store.close()
    whole = b"".join(path.read_bytes() for path in desk.store.directory.glob("gatehouse.db*"))
    assert token.encode() not in whole
    assert b"s3cret" not in whole
    assert token.encode().hex() not in whole.hex()


def test_two_links_of_a_unit_are_two(desk: Desk) -> None:
    (one, first), (other, second) = make(desk), make(desk, "陳生 phone")
    assert first != second
    assert len(first) >= 43  # 256 bits in base64
    desk.links.revoke(one.id, actor="user clerk")
    assert desk.links.open(first) is None
    opened = desk.links.open(second)
    assert opened is not None
    assert opened.link.id == other.id


@pytest.mark.parametrize("text", ["", "x", "A" * 43, "A" * 71, "=" * 71, "é" * 43, "\ud800", "A" * 5000])
def test_what_is_no_token_opens_nothing(desk: Desk, text: str) -> None:
    make(desk)
    assert desk.links.open(text) is None


def test_a_ticket_opens_its_link_for_a_while(desk: Desk) -> None:
    link, _token = make(desk)
    ticket = desk.links.ticket(link)
    opened = desk.links.open(ticket)
    assert opened is not None
    assert opened.link.id == link.id
    assert opened.until == desk.clock.now() + TICKET_LASTS
    desk.clock.move(TICKET_LASTS)
    assert desk.links.open(ticket) is None


def test_a_ticket_ends_with_its_link(desk: Desk) -> None:
    link, _token = make(desk)
    ticket = desk.links.ticket(link)
    desk.links.revoke(link.id, actor="user clerk")
    assert desk.links.open(ticket) is None


def test_a_ticket_that_was_changed_anywhere_is_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        link, _token = make(desk)
        ticket = desk.links.ticket(link)

        @given(st.integers(0, len(ticket) - 1), st.sampled_from("AZaz09-_"))
        def changed(place: int, letter: str) -> None:
            other = ticket[:place] + letter + ticket[place + 1 :]
            # The last letter's lowest bits say nothing in base64.
            assert desk.links.open(other) is None or other == ticket or place == len(ticket) - 1

        changed()


def test_a_link_that_nobody_opens_ends_by_itself(desk: Desk) -> None:
    link, token = make(desk)
    desk.clock.move(timedelta(days=179))
    assert desk.links.open(token) is not None
    desk.clock.move(timedelta(days=179))
    assert desk.links.get(link.id) is not None
    desk.clock.move(timedelta(days=180))
    assert desk.links.open(token) is None
    assert desk.links.get(link.id) is None
    assert [one.id for one in desk.links.page(UNIT, before=None, limit=10).items] == [link.id]  # to be seen and revoked


def test_a_look_every_few_minutes_is_written_down_once_an_hour(desk: Desk) -> None:
    link, _token = make(desk)
    for _ in range(30):
        desk.clock.move(timedelta(minutes=10))
        desk.links.get(link.id)
    (seen,) = desk.links.page("", before=None, limit=10).items
    assert timedelta(0) <= desk.clock.now() - seen.used_at < timedelta(hours=1)


def test_revoking_forgets_address_and_telephone_and_is_on_record_without_a_name(desk: Desk) -> None:
    link, _token = make(desk, phone=PHONE, address=ADDRESS)
    desk.links.revoke(link.id, actor="user clerk")
    with pytest.raises(NotFound):
        desk.links.revoke(link.id, actor="user clerk")
    with pytest.raises(NotFound):
        desk.links.revoke("none", actor="user clerk")
    with desk.store.read() as connection:
        row = connection.execute(select(resident_links)).one()
        entries = journal.latest(connection, frozenset({"link.made", "link.revoked"}), 10)
    assert (row.phone, row.sealed_address) == ("", None)
    assert desk.links.address(link.id) is None
    assert [(entry.type, entry.payload) for entry in entries] == [
        ("link.made", {"link": link.id, "unit": UNIT, "is_owner": False}),
        ("link.revoked", {"link": link.id, "unit": UNIT}),
    ]


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"unit": "nowhere"}, "unit", FieldProblem.UNKNOWN_UNIT),
        ({"name": " \u200b"}, "name", FieldProblem.REQUIRED),
        ({"name": "x" * 65}, "name", FieldProblem.TOO_LONG),
        ({"name": "a\nb"}, "name", FieldProblem.NOT_ONE_LINE),
        ({"phone": "12"}, "phone", FieldProblem.NOT_A_PHONE),
        ({"phone": "1" * 40}, "phone", FieldProblem.NOT_A_PHONE),
        ({"address": "wecombot"}, "address", FieldProblem.NOT_A_CHANNEL),
        ({"address": "json://a b"}, "address", FieldProblem.NOT_A_CHANNEL),
        ({"address": "json://" + "a" * 600}, "address", FieldProblem.TOO_LONG),
    ],
)
def test_what_cannot_be_used_is_refused(desk: Desk, change, field, problem) -> None:
    with pytest.raises(Invalid) as refusal:
        make(desk, **change)
    assert refusal.value.fields == {field: problem}


def test_a_unit_has_no_more_links_than_a_household_has_telephones(desk: Desk) -> None:
    made = [make(desk)[0] for _ in range(MAX_LINKS_OF_UNIT)]
    with pytest.raises(Conflict) as refusal:
        make(desk)
    assert refusal.value.code == "too-many-links"
    make(desk, unit=UNITS[1].code)
    desk.links.revoke(made[0].id, actor="user clerk")
    make(desk)


def test_pages_of_links_are_whole_and_of_their_unit(desk: Desk) -> None:
    made = [make(desk, str(number), unit=UNITS[number % 2].code)[0].id for number in range(7)]
    seen, before = [], None
    while True:
        page = desk.links.page("", before=before, limit=3)
        seen += [link.id for link in page.items]
        before = page.next_after
        if before is None:
            break
    assert seen == made[::-1]
    assert {link.unit for link in desk.links.page(UNITS[1].code, before=None, limit=10).items} == {UNITS[1].code}
