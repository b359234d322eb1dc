"""The visitor register, and what belongs to a visit."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from kiosk.store.tables.base import Seq, UtcTime, metadata

visits = Table(
    "visits",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("visitor_name", Text, nullable=False),
    Column("phone", Text, nullable=False, default=""),
    Column("phone_reversed", Text, nullable=False, default=""),  # digits backwards: found by the last ones
    Column("companions", Integer, nullable=False, default=0),
    Column("vehicle_plate", Text, nullable=False, default=""),
    Column("plate_key", Text, nullable=False, default=""),
    Column("purpose", Text, nullable=False, default=""),
    Column("source", String(16), nullable=False),
    Column("lane", String(16)),
    Column("pass_id", String(32)),
    Column("card_id", String(32)),  # the visitor card that was lent for the visit
    Column("photo_id", String(32)),
    Column("created_at", UtcTime, nullable=False),
    Column("signed_in_at", UtcTime),
    Column("ends_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("decided_by", Text),
    Column("reason", Text, nullable=False, default=""),
    Column("blocklist_id", String(32)),  # the entry of the blocklist that the visitor matched when signing in
    Column("begun_at", UtcTime),  # the first touch at the touchscreen; empty: by another way
    Column("is_returning", Boolean, nullable=False, server_default="0"),  # found again by telephone number
    Column("document_masked", String(32), nullable=False, server_default=""),  # of an identity document, as it is shown
    Column("document_sealed", LargeBinary),  # the whole number, where the settings ask for one
    sqlite_autoincrement=True,
)
Index("visits_by_state", visits.c.state, visits.c.seq)
Index("visits_by_unit", visits.c.unit, visits.c.seq)
Index("visits_by_pass", visits.c.pass_id, visits.c.seq)
Index("visits_by_card", visits.c.card_id, visits.c.seq)
Index("visits_by_created", visits.c.created_at)
Index("visits_by_ended", visits.c.ended_at)  # for the purge
Index("visits_by_phone", visits.c.phone_reversed, visits.c.seq)
Index("visits_by_plate", visits.c.plate_key, visits.c.seq)

blocklist = Table(
    "blocklist",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text),  # this and the next two: as compared, empty where nothing is known
    Column("phone", Text, nullable=False),
    Column("phone_tail", String(8)),
    Column("vehicle_plate", Text, nullable=False),
    Column("plate_key", Text),
    Column("reason", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime),
    Column("removed_at", UtcTime),
    Column("removed_by", Text),
    sqlite_autoincrement=True,
)
Index("blocklist_by_name", blocklist.c.name_key, sqlite_where=blocklist.c.removed_at.is_(None))
Index("blocklist_by_phone", blocklist.c.phone_tail, sqlite_where=blocklist.c.removed_at.is_(None))
Index("blocklist_by_plate", blocklist.c.plate_key, sqlite_where=blocklist.c.removed_at.is_(None))

overstays = Table(
    "overstays",
    metadata,
    Column("visit_id", ForeignKey("visits.id"), primary_key=True),
    Column("alarm_id", String(32), nullable=False),  # the last one about it
    Column("told_at", UtcTime, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("pass_id", ForeignKey("passes.id"), nullable=False, unique=True),
    Column("link_id", ForeignKey("resident_links.id")),  # empty: a program made it
    Column("phone", Text, nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("invitations_by_unit", invitations.c.unit, invitations.c.seq)

approval_steps = Table(
    "approval_steps",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("visit_id", ForeignKey("visits.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("step", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),  # of the link, the account or the program, as it was then
    sqlite_autoincrement=True,
)
