"""The muster list: who is inside, and having it printed."""

from __future__ import annotations

from http import HTTPStatus

from kiosk.domain.muster import Person, PersonKind
from web.access import appliance
from web.api.answers import MusterAnswer, MusterFire, MusterPerson, MusterPrinting, MusterSheet, MusterUnit
from web.api.operations import caller, operation


@operation("GET", "/muster", tag="muster", answer=MusterAnswer)
def get_muster() -> MusterAnswer:
    """Read who is inside now, unit by unit.

    During a fire, whoever leaves with a card or pass is struck from the list, and who has been found safe is told.
    """
    muster = appliance().muster.list()
    fire = muster.fire
    return MusterAnswer(
        taken_at=muster.taken_at,
        is_fire=muster.is_fire,
        fire=MusterFire(id=fire.id, began_at=fire.began_at, people=fire.people) if fire is not None else None,
        visitors=muster.count(PersonKind.VISIT),
        companions=muster.companions,
        card_holders=muster.count(PersonKind.CARD),
        people=muster.people,
        missing=muster.missing,
        units=[
            MusterUnit(unit=unit.unit, people=unit.people, persons=[_person(person) for person in unit.persons])
            for unit in muster.units
        ],
    )


@operation(
    "POST",
    "/muster/print",
    tag="muster",
    status=HTTPStatus.ACCEPTED,
    answer=MusterPrinting,
    errors=("muster-queued", "no-printer"),
)
def print_muster() -> MusterPrinting:
    """Print the list as it is now, before whatever else waits for the printer.

    A fire does this by itself.
    """
    jobs = appliance().muster.print(actor=caller().actor)
    return MusterPrinting(sheets=[MusterSheet(job=job.id, part=job.part) for job in jobs])


def _person(person: Person) -> MusterPerson:
    safe = person.safe
    return MusterPerson(
        kind=person.kind,
        id=person.id,
        name=person.name,
        number=person.number,
        companions=person.companions,
        since=person.since,
        safe_at=safe.at if safe is not None else None,
        safe_by=safe.by if safe is not None else None,
    )
