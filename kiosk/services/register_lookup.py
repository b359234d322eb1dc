"""Finding the newest records of a register by whatever is known of them, in the order that SQLite is fast in.

A register is a table with a growing `seq` and a contentless full-text index whose rows have the same numbers. Each way
of finding has an index of its own and is asked by itself: as one condition with `OR`, SQLite reads the whole register
for the second page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Join, Table, TableClause, column, select, table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from kiosk.domain.text import search_tokens
from kiosk.store.database import Transaction

MAX_QUERY_CHARACTERS: Final = 100
_RECENT: Final = 2000
"""So many records are few enough to look at each; beyond, a list is filled from the newest ones soon."""

_LAST_SEQ: Final = 2**63 - 1
_PAGES_AT_ONCE: Final = 64
"""So much of an index is rewritten in a few milliseconds."""


def plain_query(query: str) -> str:
    """What somebody looks for, in one form and of a length that is worth looking for."""
    return unicodedata.normalize("NFKC", query[:MAX_QUERY_CHARACTERS]).strip()


def index_words(transaction: Transaction, words_table: str, seq: int, texts: Iterable[str]) -> None:
    """Enter a new record into its register's full-text index."""
    transaction.connection.execute(
        text(f"INSERT INTO {words_table} (rowid, words) VALUES (:seq, :words)"),  # noqa: S608 - a table's own name
        {"seq": seq, "words": _words(texts)},
    )


def forget_words(transaction: Transaction, words_table: str, seq: int, texts: Iterable[str]) -> None:
    """Take a record out of the full-text index; `texts` as they were entered, for the index keeps none.

    SQLite's FTS5 documentation, section 6.3: the `delete` command.
    """
    transaction.connection.execute(
        text(f"INSERT INTO {words_table} ({words_table}, rowid, words) VALUES ('delete', :seq, :words)"),  # noqa: S608
        {"seq": seq, "words": _words(texts)},
    )


def settle_words(transaction: Transaction, words_table: str, *, is_first: bool) -> bool:
    """Rewrite a part of the full-text index, so that words taken out of it leave the disk too; True: there is more.

    Until then they stay in its older parts, marked as taken out. To be repeated from `is_first` on, each time in a
    transaction of its own: nobody who writes meanwhile waits for the whole of it. SQLite's FTS5 documentation, sections
    6.8 and 6.9: the `merge` command, which with a negative number takes in every part, and has come to its end when it
    changes fewer than two rows.
    """
    connection = transaction.connection
    before = _changes(connection)
    connection.execute(
        text(f"INSERT INTO {words_table} ({words_table}, rank) VALUES ('merge', :pages)"),  # noqa: S608
        {"pages": -_PAGES_AT_ONCE if is_first else _PAGES_AT_ONCE},
    )
    return _changes(connection) - before >= 2


def _changes(connection: Connection) -> int:
    return int(connection.execute(text("SELECT total_changes()")).scalar_one())


class _LedBy(Join):
    """A join that SQLite takes from left to right.

    By itself it would ask the index once for each record. So the words lead, newest first, until the page is full
    (SQLite's documentation, "The SQLite Query Optimizer Overview", section 8.2: CROSS JOIN).
    """

    inherit_cache = True


@compiles(_LedBy)
def _compile_led_by(element: _LedBy, compiler: SQLCompiler, **options: Any) -> str:
    options["asfrom"] = True
    parts = [
        compiler.process(part, **options)
        for part in (element.left, element.right, element.onclause)
        if part is not None
    ]
    return "{} CROSS JOIN {} ON {}".format(*parts)


class RegisterLookup:
    """Finds the newest records that pass a filter, at most `limit` of them, as sequence numbers."""

    def __init__(
        self,
        connection: Connection,
        records: Table,
        words_table: str,
        conditions: Sequence[ColumnElement[bool]],
        *,
        before: int | None,
        limit: int,
        since: datetime | None = None,
    ) -> None:
        self._connection = connection
        self._table = records
        self._words = _words_index(words_table)
        self._seq = records.c.seq
        self._before = _LAST_SEQ if before is None else before
        self._limit = limit
        self._conditions = list(conditions)
        if since is not None:
            self._add_since(since)

    def newest(self, *conditions: ColumnElement[bool]) -> list[int]:
        """Those that pass the filter and further conditions."""
        return self._fetch(self._seq, *conditions)

    def starting_with(self, column: Any, prefix: str) -> list[int]:
        """Those in which an indexed column begins so."""
        # A range, not LIKE: SQLite uses the index for a range whatever the collation. And `seq + 0`, because it would
        # rather walk the whole register in the order wanted than sort the few that the range leaves.
        return self._fetch(self._seq + 0, column >= prefix, column < prefix + "\U0010ffff")

    def by_words(self, query: str) -> list[int]:
        """Those whose words have the query as a phrase; the last word may be the beginning of one."""
        words = search_tokens(query)
        if not words:
            return []
        # A token is letters and digits only, so it needs no escape.
        is_open = query[-1].isascii() and query[-1].isalnum()
        phrase = f'"{" ".join(words)}"' + ("*" if is_open else "")
        rowid = self._words.c.rowid
        statement = select(rowid).where(self._words.c.words.op("MATCH")(phrase), rowid < self._before)
        few = self._few()
        if few is not None:
            # `rowid + 0`: by itself SQLite would ask the index anew for each of the few.
            statement = statement.where((rowid + 0).in_(few), rowid >= min(few, default=_LAST_SEQ))
        elif self._conditions:
            joined = _LedBy(self._words, self._table, self._seq == rowid)
            statement = statement.select_from(joined).where(*self._conditions)
        return list(self._connection.execute(statement.order_by(rowid.desc()).limit(self._limit)).scalars())

    def cut(self, found: Iterable[int]) -> list[int]:
        """The newest of those that several ways have found."""
        return sorted(set(found), reverse=True)[: self._limit]

    def _fetch(self, order: ColumnElement[int], *conditions: ColumnElement[bool]) -> list[int]:
        statement = select(self._seq).where(order < self._before, *self._conditions, *conditions)
        return list(self._connection.execute(statement.order_by(order.desc()).limit(self._limit)).scalars())

    def _few(self) -> list[int] | None:
        """The records that pass the filter when they are few enough to look at each, else None."""
        if not self._conditions:
            return None
        statement = select(self._seq).where(*self._conditions).limit(_RECENT + 1)
        found = list(self._connection.execute(statement).scalars())
        return found if len(found) <= _RECENT else None

    def _add_since(self, since: datetime) -> None:
        # By the time's own index only when that leaves few: it would sort a year's records to show the last fifty.
        later = self._table.c.created_at >= since
        statement = select(self._seq).where(later).limit(_RECENT + 1)
        recent = list(self._connection.execute(statement).scalars())
        if len(recent) > _RECENT:
            self._conditions.append(later)
            return
        self._conditions.append(self._seq.in_(recent))


def _words_index(name: str) -> TableClause:
    return table(name, column("rowid"), column("words"))


def _words(texts: Iterable[str]) -> str:
    # A word between two texts that no query is parted into keeps a phrase from reaching over their border.
    return " § ".join(" ".join(search_tokens(each)) for each in texts)
