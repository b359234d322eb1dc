"""What a year of goods costs whoever searches: 200,000 records of each register beside 2,000.

    python -m bench.registers [--records N] [--rounds N] [--directory DIR]

Two stores of the same make are filled, the one with as many goods in and release slips as a busy estate keeps for a
year, the other with a week's. Each search is then made at both in turn, so that a busy machine slows both alike: by
number, unit, plate, carrier and item, common and rare, the first page and a later one.

Exits with 1 when a search takes more than `MOST_MS` at the 95th percentile among the many, or more than
`MOST_TIMES_FEW` times its median among the few.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, text

from bench.scan_to_open import percentile_ms
from kiosk.clock import SystemClock
from kiosk.domain.goods import GoodsCategory, GoodsState, goods_number
from kiosk.domain.ids import new_id
from kiosk.domain.slips import SlipState, slip_number
from kiosk.domain.text import plate_key, search_tokens
from kiosk.domain.units import Unit
from kiosk.services.goods.codes import GoodsCodes
from kiosk.services.goods.goods_queries import GoodsFilter, GoodsQueries
from kiosk.services.goods.slip_queries import SlipFilter, SlipQueries
from kiosk.services.units import UnitService
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import goods_in, release_items, release_slips

MOST_MS: Final = 30.0
MOST_TIMES_FEW: Final = 2.0
FEW: Final = 2_000
PAGE: Final = 50
_SEED: Final = 20_260_101
_AT_ONCE: Final = 20_000
_CARRIERS: Final = ("順豐速運 SF Express", "京東物流 JD", "DHL", "Lalamove", "foodpanda", "Keeta", "永安搬運")
_ITEMS: Final = ("梳化", "電視機", "雪櫃", "床褥", "書枱", "紙箱", "單車", "冷氣機")
_DAYS: Final = 365

Search = Callable[["Register"], object]


@dataclass(frozen=True)
class Register:
    """A filled store, and the names of records in it that searches look for."""

    goods: GoodsQueries
    slips: SlipQueries
    goods_number: str
    slip_number: str
    plate: str
    unit: str
    rare_item: str
    middle: int


def fill(directory: Path, records: int) -> Register:
    """Make a store with so many goods and so many slips, spread over a year."""
    clock = SystemClock()
    store = Store(directory, clock)
    store.migrate()
    # In the small store fewer units, so that a unit fills a page in both.
    blocks = "ABCDEFGH" if records > FEW else "A"
    floors = range(1, 31) if records > FEW else range(1, 6)
    units = [
        Unit(f"{block}-{floor}-{door}", "1", block, str(floor), door)
        for block in blocks
        for floor in floors
        for door in "1234"
    ]
    UnitService(store).replace_all(units)
    chance = random.Random(_SEED)  # noqa: S311 - the same records every time is the purpose
    begin = datetime.now(UTC) - timedelta(days=_DAYS)
    for first in range(0, records, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, records))
        with store.write() as transaction:
            _write(transaction, numbers, records, begin=begin, units=[unit.code for unit in units], chance=chance)
    codes = GoodsCodes(b"bench")
    middle = records // 2
    return Register(
        GoodsQueries(store, codes), SlipQueries(store, clock, codes), _goods_number(middle, records, begin),
        slip_number(2026, middle + 1), _plate(middle), units[len(units) // 2].code, f"樣辦{middle}", middle,
    )  # fmt: skip


def _write(
    transaction: Transaction, numbers: range, records: int, *, begin: datetime, units: list[str], chance: random.Random
) -> None:
    goods: list[dict[str, Any]] = []
    slips: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for number in numbers:
        at = begin + timedelta(days=_DAYS) * number / records
        is_recent = number >= records - 40
        shared = {
            "id": new_id(at), "unit": chance.choice(units), "carrier": chance.choice(_CARRIERS), "source": "touch",
            "vehicle_plate": _plate(number), "plate_key": plate_key(_plate(number)), "created_at": at, "reason": "",
        }  # fmt: skip
        goods.append(
            shared | {
                "number": _goods_number(number, records, begin), "handling": "gate", "carrier_name": "", "phone": "",
                "state": (GoodsState.KEPT if is_recent else GoodsState.COLLECTED).value,
                "category": chance.choice(list(GoodsCategory)).value,
                "description": f"{chance.choice(_ITEMS)} 樣辦{number}",
                "pieces": 1, "is_dangerous": False, "shelf": "1", "ended_at": None if is_recent else at,
            }
        )  # fmt: skip
        slips.append(
            shared | {
                "number": slip_number(2026, number + 1), "kind": "household", "requester": "owner", "department": "",
                "state": (SlipState.APPROVED if is_recent else SlipState.RELEASED).value, "requested_by": f"陳{number}",
                "taken_by": "", "note": "", "not_before": at, "not_after": at + timedelta(days=1),
                "created_by": "bench",
                "approved_digest": "",
                "is_out_of_hours": False, "copies": 1, "ended_at": None if is_recent else at,
            }
        )  # fmt: skip
        items += [
            {"slip_id": shared["id"], "line": line, "name": name, "quantity": 2, "measure": "", "note": "",
             "released": 2, "lost": 0, "returned": 0}
            for line, name in enumerate((chance.choice(_ITEMS), f"樣辦{number}"), 1)
        ]  # fmt: skip
    connection = transaction.connection
    connection.execute(insert(goods_in), goods)
    connection.execute(insert(release_slips), slips)
    connection.execute(insert(release_items), items)
    _index(transaction, "goods_search", numbers, ((row["carrier"], row["description"]) for row in goods))
    names = (items[place]["name"] + " " + items[place + 1]["name"] for place in range(0, len(items), 2))
    told = ((row["carrier"], row["requested_by"], name) for row, name in zip(slips, names, strict=True))
    _index(transaction, "slip_search", numbers, told)


def _index(transaction: Transaction, table: str, numbers: range, texts: Iterator[tuple[str, ...]]) -> None:
    transaction.connection.execute(
        text(f"INSERT INTO {table} (rowid, words) VALUES (:seq, :words)"),  # noqa: S608 - a table's own name
        [
            {"seq": number + 1, "words": " § ".join(" ".join(search_tokens(each)) for each in record)}
            for number, record in zip(numbers, texts, strict=True)
        ],
    )


def _goods_number(number: int, records: int, begin: datetime) -> str:
    day = number * _DAYS // records
    first = -(-day * records // _DAYS)
    return goods_number((begin + timedelta(days=day)).date(), number - first + 1)


def _plate(number: int) -> str:
    return f"A{chr(65 + number % 26)} {1000 + number % 9000}"


def _goods(**wanted: Any) -> Search:
    return lambda register: register.goods.page(
        GoodsFilter(**{name: _of(register, value) for name, value in wanted.items()}), before=None, limit=PAGE
    )


def _slips(**wanted: Any) -> Search:
    return lambda register: register.slips.page(
        SlipFilter(**{name: _of(register, value) for name, value in wanted.items()}), before=None, limit=PAGE
    )


def _of(register: Register, value: Any) -> Any:
    return getattr(register, value[1:]) if isinstance(value, str) and value.startswith("@") else value


SEARCHES: Final[dict[str, Search]] = {
    "goods: newest": _goods(),
    "goods: kept": _goods(state=GoodsState.KEPT),
    "goods: number": _goods(query="@goods_number"),
    "goods: unit": _goods(query="@unit"),
    "goods: plate": _goods(query="@plate"),
    "goods: start of plate": _goods(query="AB"),
    "goods: carrier": _goods(query="順豐"),
    "goods: what it is": _goods(query="梳化"),
    "goods: one record's words": _goods(query="@rare_item"),
    "goods: carrier, kept": _goods(query="順豐", state=GoodsState.KEPT),
    "goods: from the middle": lambda register: register.goods.page(
        GoodsFilter(query="順豐"), before=register.middle, limit=PAGE
    ),
    "slips: newest": _slips(),
    "slips: approved": _slips(state=SlipState.APPROVED),
    "slips: number": _slips(query="@slip_number"),
    "slips: unit": _slips(query="@unit"),
    "slips: plate": _slips(query="@plate"),
    "slips: carrier": _slips(query="lalam"),
    "slips: item": _slips(query="雪櫃"),
    "slips: one record's item": _slips(query="@rare_item"),
    "slips: item, approved": _slips(query="雪櫃", state=SlipState.APPROVED),
    "slips: late": lambda register: register.slips.late(),
}


def main() -> int:
    """Fill, search, compare, and print a line for each search."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as made:
        few, many = (fill(Path(made) / name, count) for name, count in (("few", FEW), ("many", arguments.records)))
        times: dict[tuple[str, str], list[int]] = {}
        for _round in range(arguments.rounds):
            for name, search in SEARCHES.items():
                for size, register in (("few", few), ("many", many)):
                    begun = time.perf_counter_ns()
                    search(register)
                    times.setdefault((name, size), []).append(time.perf_counter_ns() - begun)
    is_slow = False
    print(f"{'search':28} {FEW:>9,} p50  {arguments.records:>9,} p50     p95   times")
    for name in SEARCHES:
        few_ms, many_ms = (percentile_ms(times[name, size], 50) for size in ("few", "many"))
        p95_ms = percentile_ms(times[name, "many"], 95)
        is_bad = p95_ms > MOST_MS or many_ms > MOST_TIMES_FEW * few_ms
        is_slow |= is_bad
        mark = "  <" if is_bad else ""
        print(f"{name:28} {few_ms:10.2f} ms {many_ms:13.2f} ms {p95_ms:6.2f} ms {many_ms / few_ms:5.2f}{mark}")
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main())
