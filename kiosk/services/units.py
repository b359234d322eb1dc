"""The estate's units: the directory that visits, passes and cards refer to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from kiosk.domain.unit_search import find_units
from kiosk.domain.units import Unit
from kiosk.domain.visits import MAX_STAY_H
from kiosk.errors import FieldProblem, Invalid, NotFound
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

    def find(
        self, query: str, limit: int, *, phase: str | None = None, block: str | None = None, floor: str | None = None
    ) -> list[Unit]:
        """The units that somebody may mean who types `query`, the best first; none for an empty one.

        What is given of phase, block and floor narrows it; of what is narrowed nothing need be typed.
        """
        if not query:
            return []
        statement = select(units).where(*_within(phase=phase, block=block, floor=floor))
        with self._store.read() as connection:
            directory = [_unit(row) for row in connection.execute(statement.order_by(units.c.position))]
        return find_units(directory, query, limit, by_door=floor is not None)

    def letters(self, *, phase: str | None, block: str | None) -> list[str]:
        """The blocks and doors of one letter, in order: what is typed of a unit beside digits."""
        conditions = _within(phase=phase, block=block)
        found = [*(self._distinct(units.c.block, conditions) if block is None else ()),
                 *self._distinct(units.c.door, conditions)]  # fmt: skip
        return sorted({each.upper() for each in found if len(each) == 1 and each.isascii() and each.isalpha()})

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
                        "floor": unit.floor, "door": unit.door, "position": position, "stay_h": unit.stay_h,
                    }
                    for position, unit in enumerate(directory, 1)
                ],
            )  # fmt: skip
            transaction.record("system", "units.imported", {"count": len(directory)})

    def set_stay(self, code: str, stay_h: float | None, *, actor: str) -> Unit:
        """Say how long a unit's guests may stay, from the next one on; None: as long as any guest.

        Raises:
            NotFound: there is no such unit.
            Invalid: `stay_h` is not within what a kind of visit may have.
        """
        if stay_h is not None and not 0 < stay_h <= MAX_STAY_H:
            raise Invalid({"stay_h": FieldProblem.OUT_OF_RANGE})
        with self._store.write() as transaction:
            row = transaction.connection.execute(select(units).where(units.c.code == code)).first()
            if row is None:
                raise NotFound("unit")
            transaction.connection.execute(update(units).where(units.c.code == code).values(stay_h=stay_h))
            transaction.record(actor, "unit.changed", {"unit": code, "stay_h": stay_h})
            row = transaction.connection.execute(select(units).where(units.c.code == code)).one()
        return _unit(row)

    def _distinct(self, column: object, conditions: tuple[object, ...]) -> list[str]:
        statement = select(column, func.min(units.c.position)).group_by(column)  # type: ignore[call-overload]
        statement = statement.where(*conditions).order_by(func.min(units.c.position))
        with self._store.read() as connection:
            return [row[0] for row in connection.execute(statement)]


def units_of(connection: Connection, codes: Collection[str]) -> list[Unit]:
    """Those of the units that are in the directory, in its order."""
    query = select(units).where(units.c.code.in_(codes)).order_by(units.c.position)
    return [_unit(row) for row in connection.execute(query)]


def _within(**chosen: str | None) -> tuple[ColumnElement[bool], ...]:
    """What narrows the directory to the phase, block and floor that are chosen, by the columns' names."""
    return tuple(units.c[name] == value for name, value in chosen.items() if value is not None)


def require_unit(connection: Connection, code: str) -> None:
    """Refuse a unit that does not exist.

    Raises:
        Invalid: with the field `unit`.
    """
    if connection.execute(select(units.c.code).where(units.c.code == code)).first() is None:
        raise Invalid({"unit": FieldProblem.UNKNOWN_UNIT})


def stay_of_guests(connection: Connection, code: str) -> float | None:
    """How long a unit lets its guests stay, in hours; None when it has not said."""
    stay_h: float | None = connection.execute(select(units.c.stay_h).where(units.c.code == code)).scalar_one()
    return stay_h


def _unit(row: object) -> Unit:
    return Unit(row.code, row.phase, row.block, row.floor, row.door, row.stay_h)  # type: ignore[attr-defined]  # a units row
