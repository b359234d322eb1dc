"""The estate's units, who lives there and is reached by which link, and the pictures of whoever comes."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from kiosk.store.tables.base import Seq, UtcTime, metadata

units = Table(
    "units",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("phase", String(32), nullable=False),
    Column("block", String(32), nullable=False),
    Column("floor", String(32), nullable=False),
    Column("door", String(32), nullable=False),
    Column("position", Integer, nullable=False, unique=True),
    Column("stay_h", Float),  # how long its guests may stay; empty: as their kind of visit
)

residents = Table(
    "residents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("unit", ForeignKey("units.code"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False, default=""),
)

photos = Table(
    "photos",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("taken_at", UtcTime, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

resident_links = Table(
    "resident_links",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("name", Text, nullable=False),  # what the estate calls it: whose telephone
    Column("is_owner", Boolean, nullable=False, server_default="0"),  # the unit's owner: may approve what leaves it
    Column("phone", Text, nullable=False),  # whom a guard calls when nobody answers
    Column("language", String(8), nullable=False),
    Column("sealed_address", LargeBinary),  # where its owner is told, in apprise's notation
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("used_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),
    Column("failure", String(32), nullable=False),
    Column("revoked_at", UtcTime),
    sqlite_autoincrement=True,
)
Index("resident_links_by_unit", resident_links.c.unit, resident_links.c.seq)
