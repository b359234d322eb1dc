"""Asking the host, and how each visit came to be let in or turned away.

A visit that its host has to approve waits. While it does, every telephone of the unit may answer, and so may any guard:
the first answer moves the visit, a second finds it moved. When the time set has passed, the guard is told that the unit
does not answer and whom to call; the host may still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, exists, insert, select

from kiosk.clock import Clock
from kiosk.domain.approvals import Step, Way, name_of, way_of
from kiosk.domain.visits import Visit, VisitState
from kiosk.services.periodic import Periodic
from kiosk.services.register import visit_from
from kiosk.services.resident_links import ResidentLinks
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import approval_steps, resident_links, visits

_SYSTEM: Final = "system"

_UNANSWERED = approval_steps.alias()
_IS_UNANSWERED: Final = exists().where(
    _UNANSWERED.c.visit_id == visits.c.id, _UNANSWERED.c.step == Step.UNANSWERED.value
)
_WAITING_FOR_HOST: Final[Select[Any]] = (
    select(
        visits,
        approval_steps.c.at.label("asked_at"),
        _IS_UNANSWERED.label("is_unanswered"),
    )
    .join(approval_steps, approval_steps.c.visit_id == visits.c.id)
    .where(visits.c.state == VisitState.WAITING.value, approval_steps.c.step == Step.ASKED.value)
    .order_by(visits.c.seq)
)


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One step on the way to a decision. `name` is the link's, the account's or the program's; empty for none."""

    at: datetime
    step: Step
    way: Way
    actor: str
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of a unit whom a guard can call."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class HostAsked:
    """A visit that waits for its host. After `due_at` it is the guard's; `contacts` are whom to call then."""

    visit: Visit
    asked_at: datetime
    due_at: datetime
    is_unanswered: bool
    contacts: tuple[Contact, ...]


class Approvals:
    """Asks hosts, and keeps what came of it. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, links: ResidentLinks, *, answer_within: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._links = links
        self._answer_within = answer_within
        self._wake: Callable[[], None] = lambda: None

    def on_asked(self, wake: Callable[[], None]) -> None:
        """Call `wake` after each time a host has been asked."""
        self._wake = wake

    def ask_within(self, transaction: Transaction, visit: Visit) -> bool:
        """Ask the host of a visit that waits; False when the unit has no link, and the guard alone can decide."""
        if not self._links.of_unit_within(transaction.connection, visit.unit, transaction.now):
            return False
        _write(transaction, visit.id, Step.ASKED, _SYSTEM, "")
        transaction.record(
            _SYSTEM, "host.asked", {"visit": visit.id, "number": visit.number, "lane": visit.lane}
        )  # fmt: skip
        transaction.after_commit(self._wake)
        return True

    def note_within(self, transaction: Transaction, visit: Visit, step: Step, actor: str) -> None:
        """Keep who has decided about a visit, as part of the decision."""
        name = name_of(actor)
        if way_of(actor) is Way.LINK:
            query = select(resident_links.c.name).where(resident_links.c.id == actor.partition(" ")[2])
            row = transaction.connection.execute(query).first()
            name = row.name if row is not None else ""
        _write(transaction, visit.id, step, actor, name)

    def run_due(self) -> int:
        """Hand every visit to the guard whose host has not answered in time; returns how many there were."""
        if not any(self._is_due(asked) for asked in self._asked()):
            return 0
        passed_on = 0
        with self._store.write() as transaction:
            for asked in self._asked_within(transaction.connection):
                if self._is_due(asked):
                    _write(transaction, asked.visit.id, Step.UNANSWERED, _SYSTEM, "")
                    payload = {"visit": asked.visit.id, "number": asked.visit.number, "lane": asked.visit.lane}
                    transaction.record(_SYSTEM, "host.unanswered", payload)
                    passed_on += 1
        return passed_on

    def due_in_s(self) -> float | None:
        """Seconds until a visit has to be handed to the guard; None while no host is being asked."""
        now = self._clock.now()
        open_ = [asked for asked in self._asked() if not asked.is_unanswered]
        return min((max(0.0, (asked.due_at - now).total_seconds()) for asked in open_), default=None)

    def asked(self) -> Mapping[str, HostAsked]:
        """Every visit that waits for its host, by its id; those whose host has not answered in time as well."""
        return {asked.visit.id: asked for asked in self._asked()}

    def asked_about(self, visit_id: str) -> HostAsked | None:
        """A visit while it waits for its host; None when it does not."""
        with self._store.read() as connection:
            found = self._read(connection, _WAITING_FOR_HOST.where(visits.c.id == visit_id))
        return found[0] if found else None

    def asked_of(self, unit: str) -> list[HostAsked]:
        """The visits that wait for the answer of one unit, oldest first."""
        with self._store.read() as connection:
            return self._read(connection, _WAITING_FOR_HOST.where(visits.c.unit == unit))

    def was_asked(self, visit_id: str) -> bool:
        """Tell whether the host of a visit was ever asked about it."""
        query = select(approval_steps.c.seq).where(
            approval_steps.c.visit_id == visit_id, approval_steps.c.step == Step.ASKED.value
        )
        with self._store.read() as connection:
            return connection.execute(query).first() is not None

    def of_visit(self, visit_id: str) -> list[ApprovalStep]:
        """How a visit came to be let in or turned away, oldest first."""
        query = select(approval_steps).where(approval_steps.c.visit_id == visit_id).order_by(approval_steps.c.seq)
        with self._store.read() as connection:
            return [
                ApprovalStep(row.at, Step(row.step), Way(row.way), row.actor, row.name)
                for row in connection.execute(query)
            ]

    def _asked(self) -> list[HostAsked]:
        with self._store.read() as connection:
            return self._asked_within(connection)

    def _asked_within(self, connection: Connection) -> list[HostAsked]:
        return self._read(connection, _WAITING_FOR_HOST)

    def _read(self, connection: Connection, query: Select[Any]) -> list[HostAsked]:
        return [self._host_asked(connection, row) for row in connection.execute(query).all()]

    def _host_asked(self, connection: Connection, row: Row[Any]) -> HostAsked:
        links = self._links.of_unit_within(connection, row.unit, self._clock.now())
        contacts = dict.fromkeys(Contact(link.name, link.phone) for link in links if link.phone)
        return HostAsked(
            visit_from(row), row.asked_at, row.asked_at + self._answer_within, bool(row.is_unanswered), tuple(contacts)
        )

    def _is_due(self, asked: HostAsked) -> bool:
        now = self._clock.now()
        # A clock that was set back would make the visitor wait for as long again.
        return not asked.is_unanswered and (now >= asked.due_at or now < asked.asked_at)


class HostWatch(Periodic):
    """Hands visits to the guard at the moment their hosts' time is over."""

    _AFTER_A_FAULT_S: Final = 5.0

    def __init__(self, approvals: Approvals) -> None:
        super().__init__("hosts", self._hand_over, after_fault_s=self._AFTER_A_FAULT_S)
        self._approvals = approvals
        approvals.on_asked(self.wake)

    def _hand_over(self) -> float | None:
        self._approvals.run_due()
        return self._approvals.due_in_s()


def _write(transaction: Transaction, visit_id: str, step: Step, actor: str, name: str) -> None:
    transaction.connection.execute(
        insert(approval_steps),
        {
            "visit_id": visit_id, "at": transaction.now, "step": step.value, "way": way_of(actor).value,
            "actor": actor, "name": name,
        },
    )  # fmt: skip
