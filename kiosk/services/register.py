"""The visitor register's rows: how a visit is written, moved on and read back, within the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from kiosk.domain.ids import new_id
from kiosk.domain.service_times import Turn
from kiosk.domain.text import phone_digits, plate_key
from kiosk.domain.visits import ENDED_STATES, NewVisit, Visit, VisitKind, VisitSource, VisitState, may_become
from kiosk.errors import Conflict, NotFound
from kiosk.services.counting import next_count
from kiosk.services.overstay import end_overstay_within
from kiosk.services.register_lookup import index_words
from kiosk.store.database import Transaction
from kiosk.store.tables import visits

WORDS: Final = "visit_search"
"""The full-text index of visitors' names."""


class Register:
    """Writes visits. Stateless but for the zone in which a day begins."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def enter(
        self,
        transaction: Transaction,
        new: NewVisit,
        *,
        state: VisitState,
        source: VisitSource,
        lane: str | None,
        ends_at: datetime | None,
        pass_id: str | None = None,
        photo_id: str | None = None,
        decided_by: str | None = None,
        reason: str = "",
        blocklist_id: str | None = None,
        turn: Turn | None = None,
    ) -> Visit:
        """Write a visit that is WAITING or SIGNED_IN now, under the day's next number."""
        now = transaction.now
        digits = phone_digits(new.phone)
        row: dict[str, Any] = {
            "id": new_id(now),
            "number": self._next_number(transaction),
            "kind": new.kind.value,
            "state": state.value,
            "unit": new.unit,
            "visitor_name": new.visitor_name,
            "phone": new.phone,
            "phone_reversed": digits[::-1],
            "companions": new.companions,
            "vehicle_plate": new.vehicle_plate,
            "plate_key": plate_key(new.vehicle_plate),
            "purpose": new.purpose,
            "source": source.value,
            "lane": lane,
            "pass_id": pass_id,
            "photo_id": photo_id,
            "created_at": now,
            "signed_in_at": now if state is VisitState.SIGNED_IN else None,
            "ends_at": ends_at,
            "decided_by": decided_by,
            "reason": reason,
            "blocklist_id": blocklist_id,
            "begun_at": turn.begun_at if turn is not None else None,
            "is_returning": turn is not None and turn.is_returning,
        }
        transaction.connection.execute(insert(visits), row)
        visit = require_visit(transaction.connection, row["id"])
        index_words(transaction, WORDS, visit.seq, [new.visitor_name])
        return visit

    def move(
        self,
        transaction: Transaction,
        visit_id: str,
        state: VisitState,
        **values: Any,
    ) -> Visit:
        """Move a visit on to `state`, with further columns where they change with it.

        Raises:
            NotFound: there is no such visit.
            Conflict: `visit-SIGNED_OUT`-like: its present state does not allow it.
        """
        visit = require_visit(transaction.connection, visit_id)
        if not may_become(visit.state, state):
            raise Conflict(f"visit-{visit.state.value.replace('_', '-')}", f"The visit is {_STATE_WORDS[visit.state]}.")
        if state in ENDED_STATES:
            values["ended_at"] = transaction.now
            end_overstay_within(transaction, visit_id)
        transaction.connection.execute(
            update(visits).where(visits.c.id == visit_id).values(state=state.value, **values)
        )
        return require_visit(transaction.connection, visit_id)

    def note_signed_in(self, transaction: Transaction, visit: Visit, *, actor: str) -> None:
        """Say in the journal that a visit is signed in: by whatever way, the same entry."""
        transaction.record(actor, "visit.signed_in", {"visit": visit.id, "number": visit.number, "lane": visit.lane})

    def sign_out(self, transaction: Transaction, visit_id: str, *, actor: str, lane: str | None) -> Visit:
        """Sign a visit out and say so in the journal."""
        visit = self.move(transaction, visit_id, VisitState.SIGNED_OUT)
        transaction.record(actor, "visit.signed_out", {"visit": visit.id, "number": visit.number, "lane": lane})
        return visit

    def _next_number(self, transaction: Transaction) -> str:
        day = transaction.now.astimezone(self._zone).strftime("%y%m%d")
        return f"{day}-{next_count(transaction, f'visit {day}'):03d}"


def require_visit(connection: Connection, visit_id: str) -> Visit:
    """Read a visit.

    Raises:
        NotFound: there is none of that id.
    """
    row = connection.execute(select(visits).where(visits.c.id == visit_id)).first()
    if row is None:
        raise NotFound("visit")
    return visit_from(row)


def visit_from(row: Row[Any]) -> Visit:
    """A `visits` row as a value."""
    return Visit(
        seq=row.seq,
        id=row.id,
        number=row.number,
        kind=VisitKind(row.kind),
        state=VisitState(row.state),
        unit=row.unit,
        visitor_name=row.visitor_name,
        phone=row.phone,
        companions=row.companions,
        vehicle_plate=row.vehicle_plate,
        purpose=row.purpose,
        source=VisitSource(row.source),
        lane=row.lane,
        pass_id=row.pass_id,
        card_id=row.card_id,
        photo_id=row.photo_id,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        decided_by=row.decided_by,
        reason=row.reason,
        blocklist_id=row.blocklist_id,
        document_masked=row.document_masked,
    )


_STATE_WORDS = {
    VisitState.WAITING: "still waiting for approval",
    VisitState.SIGNED_IN: "signed in already",
    VisitState.SIGNED_OUT: "signed out already",
    VisitState.EXPIRED: "expired",
    VisitState.REFUSED: "refused",
    VisitState.CANCELLED: "cancelled",
}
