"""Goods in and out: what came, release slips with what became of each item, and how the registers are closed."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from kiosk.store.tables.base import Seq, UtcTime, metadata

goods_in = Table(
    "goods_in",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("handling", String(8), nullable=False),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("carrier", Text, nullable=False),
    Column("carrier_name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("category", String(24), nullable=False),
    Column("description", Text, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    Column("plate_key", Text, nullable=False),
    Column("is_dangerous", Boolean, nullable=False),
    Column("shelf", String(16), nullable=False),  # empty: on none
    Column("photo_id", String(32)),
    Column("visit_id", ForeignKey("visits.id"), index=True),
    Column("source", String(16), nullable=False),
    Column("lane", String(16)),
    Column("created_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
    Column("decided_by", Text),
    Column("reason", Text, nullable=False),
    Column("ended_at", UtcTime),
    Column("collect_method", String(8)),
    Column("collected_by", Text),
    sqlite_autoincrement=True,
)
Index("goods_in_by_state", goods_in.c.state, goods_in.c.seq)
Index("goods_in_by_unit", goods_in.c.unit, goods_in.c.seq)
Index("goods_in_by_category", goods_in.c.category, goods_in.c.seq)
Index("goods_in_by_plate", goods_in.c.plate_key, goods_in.c.seq)
Index("goods_in_by_ended", goods_in.c.ended_at)

carried_items = Table(
    "carried_items",
    metadata,
    Column("visit_id", ForeignKey("visits.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("out", Integer),  # empty: nobody has looked
    Column("checked_at", UtcTime),
    Column("checked_by", Text),
    Column("note", Text, nullable=False),
    CheckConstraint("out IS NULL OR (out >= 0 AND out <= quantity)", name="carried_items_out"),
)

release_slips = Table(
    "release_slips",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("unit", ForeignKey("units.code")),  # empty: a department's
    Column("department", Text, nullable=False),
    Column("requester", String(16), nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("carrier", Text, nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    Column("plate_key", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("not_after", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("arrears_cleared_at", UtcTime),
    Column("arrears_cleared_by", Text),
    Column("approval_method", String(24)),
    Column("approved_at", UtcTime),
    Column("approved_by", Text),
    Column("approved_digest", String(64), nullable=False),
    Column("is_out_of_hours", Boolean, nullable=False),
    Column("authority_photo_id", String(32)),
    Column("replaces_id", ForeignKey("release_slips.id")),
    Column("replaced_by_id", String(32)),
    Column("reissue_asked_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("ended_by", Text),
    Column("reason", Text, nullable=False),
    Column("copies", Integer, nullable=False),
    sqlite_autoincrement=True,
)
Index("release_slips_by_state", release_slips.c.state, release_slips.c.seq)
Index("release_slips_by_unit", release_slips.c.unit, release_slips.c.seq)
Index("release_slips_by_kind", release_slips.c.kind, release_slips.c.seq)
Index("release_slips_by_plate", release_slips.c.plate_key, release_slips.c.seq)
Index("release_slips_by_created", release_slips.c.created_at)
Index("release_slips_by_ended", release_slips.c.ended_at)
Index("release_slips_by_replaced", release_slips.c.replaces_id)

release_items = Table(
    "release_items",
    metadata,
    Column("slip_id", ForeignKey("release_slips.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("measure", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("photo_id", String(32)),
    Column("returnable_until", UtcTime),
    Column("released", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("late_told_at", UtcTime),
    # The rules say so too. This is the last word, whatever a later version's rules have forgotten.
    CheckConstraint("released >= 0 AND lost >= 0 AND released + lost <= quantity", name="release_items_balance"),
    CheckConstraint("returned >= 0 AND returned <= released", name="release_items_returned"),
)
Index(
    "release_items_returnable",
    release_items.c.returnable_until,
    sqlite_where=release_items.c.returnable_until.is_not(None),
)

release_trips = Table(
    "release_trips",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("slip_id", ForeignKey("release_slips.id"), nullable=False, index=True),
    Column("lane", String(16), nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    Column("photo_id", String(32)),
    Column("opening_id", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    sqlite_autoincrement=True,
)

release_movements = Table(
    "release_movements",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("slip_id", ForeignKey("release_slips.id"), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("trip_id", ForeignKey("release_trips.id")),
    Column("kind", String(16), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    CheckConstraint("quantity > 0", name="release_movements_quantity"),
    sqlite_autoincrement=True,
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("week", String(8), primary_key=True),  # ISO 8601, as 2026-W48
    Column("signed_at", UtcTime, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # of what both have signed
    Column("counts", JSON, nullable=False),
    Column("closed_at", UtcTime),  # empty: the second signature is missing
    Column("closed_by", Text),
)

reconciliation_notes = Table(
    "reconciliation_notes",
    metadata,
    Column("week", String(8), primary_key=True),
    Column("number", String(16), primary_key=True),  # of the slip, or the one that is missing
    Column("note", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
)

incident_holds = Table(
    "incident_holds",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("subject", String(16), nullable=False),  # `goods` or `slip`
    Column("subject_id", String(32), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("lifted_at", UtcTime),
    Column("lifted_by", Text),
    sqlite_autoincrement=True,
)

purge_certificates = Table(
    "purge_certificates",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("ended_before", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("counts", JSON, nullable=False),  # how many of each kind are gone, and how many a hold has kept
    Column("digest", String(64), nullable=False),  # over what was purged
    sqlite_autoincrement=True,
)
