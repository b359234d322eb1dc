"""Cards and passes, the keys that prove them, and where they were last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from kiosk.domain.text import name_key
from kiosk.store.tables.base import Seq, UtcTime, metadata

passes = Table(
    "passes",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("max_uses", Integer),
    Column("uses", Integer, nullable=False, default=0),
    Column("lanes", JSON(none_as_null=True)),
    Column("state", String(16), nullable=False),
    Column("weekly", JSON(none_as_null=True)),  # the hours of a recurring pass, as `TimeProfile.as_record` writes them
    Column("kind", String(16), nullable=False, server_default="visit"),  # of a signed-in visit: good for leaving
    Column("kid", LargeBinary(8)),  # the key that signed it
    Column("gate", String(32), nullable=False, server_default=""),  # the other gate that issued it
    Column("token", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("passes_by_unit", passes.c.unit, passes.c.not_after)
Index("passes_issued", passes.c.seq, sqlite_where=passes.c.kind != "visit")
Index("passes_revoked", passes.c.seq, sqlite_where=passes.c.state == "revoked")

revoked_elsewhere = Table(  # passes of other gates that have not been seen here
    "revoked_elsewhere",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("not_after", UtcTime, nullable=False),
)

time_profiles = Table(
    "time_profiles",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("days", JSON, nullable=False),  # as `TimeProfile.as_record` writes them
    Column("created_at", UtcTime, nullable=False),
)


def _holder_key(context: Any) -> str:
    return name_key(context.get_current_parameters()["holder"])


cards = Table(
    "cards",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("uid", String(20), nullable=False, unique=True),
    Column("holder", Text, nullable=False),
    Column("holder_key", Text, nullable=False, server_default="", default=_holder_key),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("valid_from", UtcTime),
    Column("valid_to", UtcTime),
    Column("state", String(16), nullable=False),
    Column("for_visits", Boolean, nullable=False, default=False),  # lent to visitors: good for leaving, once
    Column("technology", String(16)),  # empty until its first tap, unless the clerk knows
    Column("lanes", JSON(none_as_null=True)),  # the lanes it is good for; empty: all
    Column("time_profile_id", ForeignKey("time_profiles.id")),
    Column("card_group", String(32), nullable=False, server_default=""),  # whose first card of a day opens a lane
    Column("carrier", Text, nullable=False, server_default=""),  # whose courier has it: opens nothing
    Column("is_owner", Boolean, nullable=False, server_default="0"),  # the unit's owner: its tap at the desk signs
    Column("for_duress", Boolean, nullable=False, server_default="0"),  # opens like any other and alarms silently
    Column("state_reason", Text, nullable=False, server_default=""),
    Column("state_at", UtcTime),  # empty: it is as it was added
    Column("state_by", Text),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("cards_by_unit", cards.c.unit, cards.c.seq)

card_passages = Table(
    "card_passages",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the journal's entry that granted it
    Column("opening_id", String(32), nullable=False),  # no index: one that failed is among the newest, and they are few
    Column("card_id", ForeignKey("cards.id"), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("zone", String(32), nullable=False),  # empty: the lane has none
    Column("is_inward", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)
Index("card_passages_by_card", card_passages.c.card_id, card_passages.c.seq)

household_exits = Table(
    "household_exits",
    metadata,
    Column("opening_id", String(32), primary_key=True),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("day", String(10), nullable=False),  # the estate's, as 2026-03-01
)
Index("household_exits_by_unit", household_exits.c.unit, household_exits.c.day)
Index("cards_by_time_profile", cards.c.time_profile_id)

pass_keys = Table(
    "pass_keys",
    metadata,
    Column("kid", LargeBinary(8), primary_key=True),
    Column("public", LargeBinary(32), nullable=False),
    Column("sealed_private", LargeBinary),  # only of the key that signs
    Column("created_at", UtcTime, nullable=False),
    Column("replaced_at", UtcTime),  # since then another one signs
    Column("retired_at", UtcTime),  # all that it signed had ended by then
    Column("gate", String(32), nullable=False, server_default=""),  # the other gate whose key it is
)
