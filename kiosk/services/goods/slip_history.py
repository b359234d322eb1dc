"""What has become of slips: their trips and movements, read for many slips at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from kiosk.domain.slips import Movement, MovementKind, Trip
from kiosk.store.tables import release_movements, release_trips


def movements_of(connection: Connection, slip_ids: Sequence[str]) -> dict[str, list[Movement]]:
    """What has become of the pieces of each slip, the first first; slips without any are empty lists."""
    found: dict[str, list[Movement]] = defaultdict(list)
    statement = select(release_movements).where(release_movements.c.slip_id.in_(slip_ids))
    for row in connection.execute(statement.order_by(release_movements.c.seq)):
        found[row.slip_id].append(
            Movement(
                seq=row.seq, line=row.line, kind=MovementKind(row.kind), quantity=row.quantity,
                reason=row.reason, trip_id=row.trip_id, at=row.at, by=row.by,
            )
        )  # fmt: skip
    return found


def trips_of(connection: Connection, slip_ids: Sequence[str]) -> dict[str, list[Trip]]:
    """The times that goods of each slip left, the first first; slips without any are empty lists."""
    moved: dict[str, dict[int, int]] = defaultdict(dict)
    for movements in movements_of(connection, slip_ids).values():
        for movement in movements:
            if movement.trip_id is not None:
                moved[movement.trip_id][movement.line] = movement.quantity
    found: dict[str, list[Trip]] = defaultdict(list)
    statement = select(release_trips).where(release_trips.c.slip_id.in_(slip_ids)).order_by(release_trips.c.seq)
    for row in connection.execute(statement):
        found[row.slip_id].append(
            Trip(
                seq=row.seq, id=row.id, slip_id=row.slip_id, lane=row.lane, vehicle_plate=row.vehicle_plate,
                photo_id=row.photo_id, opening_id=row.opening_id, at=row.at, by=row.by, lines=moved[row.id],
            )
        )  # fmt: skip
    return found
