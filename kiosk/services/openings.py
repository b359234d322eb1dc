"""Openings: each decision to open a lane, from the moment it is committed until its outcome is known.

A relay cannot join a transaction. So the decision is committed first as an opening without outcome, then the gate is
pulsed, then the outcome is recorded. After a crash the rows without outcome tell what was in flight; nothing that
was decided before a restart opens a gate after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from kiosk.domain.ids import new_id
from kiosk.domain.service_times import Served
from kiosk.services.service_times import note_served
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import openings, to_microseconds


class OpeningCause(StrEnum):
    """Why a lane opens."""

    CREDENTIAL = "credential"
    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    COMMAND = "command"
    EXIT_BUTTON = "exit-button"
    RELEASE = "release"  # of goods, on their slip


class Outcome(StrEnum):
    """What became of an opening."""

    OPENED = "opened"
    FAILED = "failed"  # the relay could not be energised
    LATE = "late"  # its deadline had passed when the gate got to it
    INTERRUPTED = "interrupted"  # the box went down in between; nobody knows


@dataclass(frozen=True, slots=True)
class Opening:
    """A committed decision to open. `deadline_ns` is monotonic: after it the gate stays down.

    `served` is the turn at the touchscreen that it ends, in memory only: after a crash nobody knows how long that took.
    """

    id: str
    lane: str
    cause: OpeningCause
    deadline_ns: int
    served: Served | None = None


# Built once, or as the driver has it: these stand between a card and its gate.
_DECIDE_SQL: Final = "INSERT INTO openings (id, lane, cause, decided_at) VALUES (?, ?, ?, ?)"
_CLOSE: Final = (
    update(openings)
    .where(openings.c.id == bindparam("opening"))
    .values(outcome=bindparam("outcome"), outcome_at=bindparam("outcome_at"))
)


def decide_to_open(
    transaction: Transaction, lane: str, cause: OpeningCause, deadline_ns: int, served: Served | None = None
) -> Opening:
    """Enter an opening as part of the transaction that decides it."""
    opening = Opening(new_id(transaction.now), lane, cause, deadline_ns, served)
    row = (opening.id, lane, cause.value, to_microseconds(transaction.now))
    transaction.connection.exec_driver_sql(_DECIDE_SQL, row)
    return opening


TakeBack = Callable[[Transaction, Opening], None]
"""Takes back what was written for an opening that has moved nothing."""


def record_outcome(
    store: Store, opening: Opening, outcome: Outcome, detail: Mapping[str, Any], take_back: TakeBack
) -> None:
    """Close an opening, say in the journal what the gate did, and how long whoever it opened for was served."""
    with store.write() as transaction:
        if outcome is not Outcome.OPENED:
            take_back(transaction, opening)
        elif opening.served is not None:
            note_served(transaction, opening.served)
        transaction.connection.execute(
            _CLOSE, {"opening": opening.id, "outcome": outcome.value, "outcome_at": transaction.now}
        )
        transaction.record(
            f"lane {opening.lane}",
            f"gate.{outcome.value}",
            {"lane": opening.lane, "opening": opening.id, "cause": opening.cause.value, **detail},
        )


def close_interrupted(store: Store, take_back: TakeBack) -> int:
    """At start, close what a crash left open; returns how many there were.

    Nobody knows whether those gates moved, and what nobody knows binds nobody: it is taken back.
    """
    with store.write() as transaction:
        rows = transaction.connection.execute(
            select(openings.c.id, openings.c.lane, openings.c.cause).where(openings.c.outcome.is_(None))
        ).all()
        for row in rows:
            transaction.connection.execute(
                _CLOSE, {"opening": row.id, "outcome": Outcome.INTERRUPTED.value, "outcome_at": transaction.now}
            )
            take_back(transaction, Opening(row.id, row.lane, OpeningCause(row.cause), deadline_ns=0))
            transaction.record("system", "gate.interrupted", {"lane": row.lane, "opening": row.id, "cause": row.cause})
    return len(rows)
