"""Remarks and corrections beside a record, and how often a visitor has come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from kiosk.domain.annotations import CORRECTABLE, MAX_TEXT
from kiosk.domain.subjects import Subject
from kiosk.domain.visits import Visit, VisitKind
from kiosk.errors import Invalid, NotFound
from kiosk.store.tables import record_annotations, visits
from tests.panel.guard import Guard
from tests.support.appliance import TestGate
from tests.support.sheets import rows_of
from web.panel.annotations import FIELD_LABELS

Arrive = Callable[..., Visit]


def annotate(guard: Guard, visit: Visit, text: str, field: str = "") -> int:
    address = f"/panel/annotations/visit/{visit.id}"
    return guard.post(address, text=text, field=field, back=f"/panel/visits/{visit.id}").status_code


def test_a_correction_stands_beside_the_entry_and_the_record_as_it_was(
    guard: Guard, gate: TestGate, arrive: Arrive
) -> None:
    visit = arrive(vehicle_plate="AB 1243")
    with gate.appliance.store.read() as connection:
        before = connection.execute(select(visits).where(visits.c.id == visit.id)).one()
    assert annotate(guard, visit, "AB 1234", "vehicle_plate") == 303
    assert annotate(guard, visit, "Came with <two> dogs") == 303
    page = guard.get(f"/panel/visits/{visit.id}").text
    assert '<bdi>AB 1243</bdi> <span class="corrected">→ <bdi>AB 1234</bdi></span>' in page
    assert "Came with &lt;two&gt; dogs" in page
    assert "Correction: Vehicle plate" in page
    assert page.count("Remark added") == 2
    with gate.appliance.store.read() as connection:
        assert connection.execute(select(visits).where(visits.c.id == visit.id)).one() == before
    entries = gate.entries("record.annotated", visit=visit.id)
    assert [entry.actor for entry in entries] == ["user guard", "user guard"]
    assert "AB 1234" not in repr(entries)
    assert "dogs" not in repr(entries)


def test_remarks_leave_with_the_list(app: Flask, guard: Guard, arrive: Arrive) -> None:
    visit, other = arrive("何超瓊"), arrive("何超瓊")
    annotate(guard, visit, "9123 4568", "phone")
    annotate(guard, visit, "called back")
    desk = Guard(app)
    desk.log_in("frontdesk")
    told = {row["Number"]: row["Remarks"] for row in rows_of(desk.get("/panel/visits.csv?q=何超瓊"))}
    assert told == {visit.number: "Telephone: 9123 4568; called back", other.number: ""}


@pytest.mark.parametrize(
    ("said", "problem"),
    [(("", ""), "text"), ((" \n ", ""), "text"), (("x" * (MAX_TEXT + 1), ""), "text"), (("x", "state"), "field")],
)
def test_what_says_nothing_or_corrects_what_nobody_typed_is_refused(
    gate: TestGate, guard: Guard, arrive: Arrive, said: tuple[str, str], problem: str
) -> None:
    visit, (text, field) = arrive(), said
    assert annotate(guard, visit, text, field) == 422
    with pytest.raises(Invalid) as found:
        gate.appliance.annotations.add(Subject.VISIT, visit.id, text, actor="user guard", field=field)
    assert set(found.value.fields) == {problem}
    assert gate.appliance.annotations.of(Subject.VISIT, visit.id) == ()


@pytest.mark.parametrize("subject", list(Subject))
def test_a_record_that_is_not_there_cannot_be_spoken_about(gate: TestGate, guard: Guard, subject: Subject) -> None:
    with pytest.raises(NotFound):
        gate.appliance.annotations.add(subject, "0" * 32, "x", actor="user guard")
    assert guard.post(f"/panel/annotations/{subject.value}/{'0' * 32}", text="x").status_code == 404
    assert guard.post(f"/panel/annotations/ghost/{'0' * 32}", text="x").status_code == 404
    with gate.appliance.store.read() as connection:
        about = record_annotations.c.subject_id == "0" * 32
        assert connection.execute(select(record_annotations).where(about)).first() is None


def test_every_entry_that_can_be_corrected_has_its_words() -> None:
    assert {field for fields in CORRECTABLE.values() for field in fields} == set(FIELD_LABELS)


def test_a_visitors_visits_are_those_of_the_number_however_it_was_written(
    guard: Guard, gate: TestGate, arrive: Arrive
) -> None:
    first = arrive("黃小明", phone="+852 6123 9876")
    refused = arrive("黃明", VisitKind.CONTRACTOR, phone="61239876")
    gate.appliance.visits.refuse(refused.id, actor="user guard", reason="no")
    last = arrive("Wong Siu Ming", phone="6123-9876")
    arrive("黃小明", phone="6123 9877")
    found = gate.appliance.visit_queries.visitor(last)
    assert (found.visits, found.refused, found.first_at) == (3, 1, first.created_at)
    page = guard.get(f"/panel/visits/{last.id}").text
    assert "3 visits on record" in page
    assert "1 turned away" in page
    listed = guard.get(f"/panel/visits?visitor={last.id}").text
    assert [number in listed for number in (first.number, refused.number, last.number)] == [True] * 3
    assert listed.count('class="row-link"') == 3
    assert guard.get(f"/panel/visits?visitor={last.id}&state=refused").text.count('class="row-link"') == 1
    assert guard.get(f"/panel/visits?visitor={'0' * 32}").status_code == 404


def test_without_a_number_it_is_the_name_at_that_unit(gate: TestGate, arrive: Arrive) -> None:
    one = arrive("梁家輝", phone="")
    arrive("梁家輝", phone="", unit="1-A-1-B")
    arrive("梁家燕", phone="")
    again = arrive("梁家輝", phone="")
    found = gate.appliance.visit_queries.visitor(again)
    assert (found.visits, found.units, found.first_at) == (2, (one.unit,), one.created_at)
