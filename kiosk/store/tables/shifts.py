"""What one shift hands to the next, the lists of what is unfinished, and what is said about records afterwards."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from kiosk.store.tables.base import Seq, UtcTime, metadata

handovers = Table(
    "handovers",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("outgoing", String(64), nullable=False),  # the accounts' names: an account may be removed afterwards
    Column("incoming", String(64), nullable=False, server_default=""),
    Column("outgoing_signed_at", UtcTime),
    Column("outgoing_signed_by", String(8), nullable=False, server_default=""),  # `pin` or `card`
    Column("incoming_signed_at", UtcTime),
    Column("incoming_signed_by", String(8), nullable=False, server_default=""),
    Column("ended_at", UtcTime),
    sqlite_autoincrement=True,
)
Index("handovers_open", handovers.c.seq, sqlite_where=handovers.c.ended_at.is_(None))

handover_items = Table(
    "handover_items",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("handover_id", ForeignKey("handovers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("subject_id", String(64), nullable=False),  # a record's id, or a device's name
    Column("label", String(64), nullable=False),  # its number, or the device's name
    Column("since", UtcTime, nullable=False),
    Column("is_refused", Boolean, nullable=False, server_default="0"),  # the incoming guard does not take it on
    Column("remark", Text, nullable=False, server_default=""),
    UniqueConstraint("handover_id", "kind", "subject_id"),
    sqlite_autoincrement=True,
)
"""What was open when the list was made: records by kind and id, and no names."""

handover_notes = Table(
    "handover_notes",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("handover_id", ForeignKey("handovers.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_autoincrement=True,
)

daily_lists = Table(
    "daily_lists",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("items", JSON, nullable=False),  # as those of a handover
    UniqueConstraint("kind", "day"),
    sqlite_autoincrement=True,
)

record_annotations = Table(
    "annotations",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("subject", String(16), nullable=False),
    Column("subject_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("field", String(32), nullable=False, server_default=""),  # which entry it corrects; empty: a remark
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
"""What is said about a record afterwards; appended only, as a record is never rewritten."""
Index("annotations_by_subject", record_annotations.c.subject, record_annotations.c.subject_id, record_annotations.c.seq)
