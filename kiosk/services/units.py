"""The estate's units: the directory that visits, passes and cards refer to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from kiosk.domain.units import Unit
from kiosk.errors import FieldProblem, Invalid
from kiosk.store.database import Store
from kiosk.store.tables import units


class UnitService:
    """Reads the directory in the order in which buttons show it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def phases(self) -> list[str]:
        """The phases, in order."""
        return self._distinct(units.c.phase, ())

    def blocks(self, phase: str) -> list[str]:
        """The blocks of a phase."""
        return self._distinct(units.c.block, (units.c.phase == phase,))

    def floors(self, phase: str, block: str) -> list[str]:
        """The floors of a block."""
        return self._distinct(units.c.floor, (units.c.phase == phase, units.c.block == block))

    def doors(self, phase: str, block: str, floor: str) -> list[Unit]:
        """The units on a floor."""
        query = (
            select(units)
            .where(units.c.phase == phase, units.c.block == block, units.c.floor == floor)
            .order_by(units.c.position)
        )
        with self._store.read() as connection:
            return [_unit(row) for row in connection.execute(query)]

    def get(self, code: str) -> Unit | None:
        """The unit of that code, or None."""
        with self._store.read() as connection:
            row = connection.execute(select(units).where(units.c.code == code)).first()
        return _unit(row) if row else None

    def page(self, query: str, after: int, limit: int) -> list[tuple[int, Unit]]:
        """Units whose code starts with or contains `query`, with their position, after position `after`."""
        statement = select(units).where(units.c.position > after).order_by(units.c.position).limit(limit)
        if query:
            statement = statement.where(func.instr(func.upper(units.c.code), query.upper()) > 0)
        with self._store.read() as connection:
            return [(row.position, _unit(row)) for row in connection.execute(statement)]

    def replace_all(self, directory: Sequence[Unit]) -> None:
        """Write the directory of an estate that has none yet, in the order given."""
        with self._store.write() as transaction:
            transaction.connection.execute(
                insert(units),
                [
                    {
                        "code": unit.code, "phase": unit.phase, "block": unit.block,
                        "floor": unit.floor, "door": unit.door, "position": position,
                    }
                    for position, unit in enumerate(directory, 1)
                ],
            )  # fmt: skip
            transaction.record("system", "units.imported", {"count": len(directory)})

    def _distinct(self, column: object, conditions: tuple[object, ...]) -> list[str]:
        statement = select(column, func.min(units.c.position)).group_by(column)  # type: ignore[call-overload]
        statement = statement.where(*conditions).order_by(func.min(units.c.position))
        with self._store.read() as connection:
            return [row[0] for row in connection.execute(statement)]


def require_unit(connection: Connection, code: str) -> None:
    """Refuse a unit that does not exist.

    Raises:
        Invalid: with the field `unit`.
    """
    if connection.execute(select(units.c.code).where(units.c.code == code)).first() is None:
        raise Invalid({"unit": FieldProblem.UNKNOWN_UNIT})


def _unit(row: object) -> Unit:
    return Unit(row.code, row.phase, row.block, row.floor, row.door)  # type: ignore[attr-defined]  # a units row
