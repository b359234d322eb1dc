"""Lanes and their openings, alarms, fires, measured times, tests, and the queue of the printer."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from kiosk.store.tables.base import Seq, UtcTime, metadata

lane_states = Table(
    "lane_states",
    metadata,
    Column("lane", String(16), primary_key=True),
    Column("locked_at", UtcTime),
    Column("locked_by", Text, nullable=False),
    Column("lock_reason", Text, nullable=False),
    Column("first_card_at", UtcTime),
    Column("first_card_opening_id", String(32), nullable=False),  # empty: it awaits its first card
)
"""What is to be remembered of a lane over a restart."""

openings = Table(
    "openings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("lane", String(16), nullable=False),
    Column("cause", String(24), nullable=False),
    Column("decided_at", UtcTime, nullable=False),
    Column("outcome", String(16)),  # empty: decided, and nobody knows yet whether the gate moved
    Column("outcome_at", UtcTime),
)
Index("openings_in_flight", openings.c.outcome, sqlite_where=openings.c.outcome.is_(None))

alarms = Table(
    "alarms",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("lane", String(16), nullable=False),  # empty: about no lane
    Column("raised_at", UtcTime, nullable=False),
    Column("subject", JSON, nullable=False),  # ids of records, by what they are
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("raised_by", Text, nullable=False, server_default=""),  # whoever did; empty: the box itself
    Column("repeats", Integer, nullable=False, server_default="0"),  # how often it was told again while open
    sqlite_autoincrement=True,
)
Index("alarms_open", alarms.c.seq, sqlite_where=alarms.c.acknowledged_at.is_(None))

print_jobs = Table(
    "print_jobs",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False, server_default="visit"),  # `PrintKind`
    Column("visit_id", ForeignKey("visits.id"), index=True),  # whose receipt it is
    Column("subject_id", String(32), index=True),  # the slip, goods or handover that it is about
    Column("subject_number", String(16), nullable=False, server_default=""),
    Column("content", JSON(none_as_null=True)),  # the blocks of a paper that is kept as it was when it was made
    Column("part", Integer, nullable=False, server_default="1"),  # a long paper comes out in so many parts
    Column("parts", Integer, nullable=False, server_default="1"),
    Column("copy_number", Integer, nullable=False, default=0),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("state_at", UtcTime, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("journal_digest", String(8), nullable=False),  # the head's short digest when the job was made
    sqlite_autoincrement=True,
)

service_times = Table(
    "service_times",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("service", String(16), nullable=False),  # the kind of visit, or `goods`
    Column("is_returning", Boolean, nullable=False),
    Column("entered_ms", Integer, nullable=False),  # from the first touch to the last
    Column("took_ms", Integer, nullable=False),  # from the first touch to the barrier, or to the end where none opens
    sqlite_autoincrement=True,
)
"""How long people were at the touchscreen: no visit is named, so that it outlives the register's entries."""

screens = Table(
    "screens",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("paused_at", UtcTime),  # empty: it is in use
    Column("paused_by", Text, nullable=False),
)
"""What is to be remembered of a touchscreen over a restart."""

fires = Table(
    "fires",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("began_at", UtcTime, nullable=False, index=True),
    Column("ended_at", UtcTime),  # empty: nobody has ended it
    Column("people", Integer, nullable=False),  # how many were inside when it began
)

muster_marks = Table(
    "muster_marks",
    metadata,
    Column("fire_id", ForeignKey("fires.id"), primary_key=True),
    Column("person_kind", String(16), primary_key=True),
    Column("person_id", String(32), primary_key=True),
    Column("marked_at", UtcTime, nullable=False),
    Column("marked_by", Text, nullable=False),
)

timings = Table(
    "timings",
    metadata,
    Column("day", Date, primary_key=True),  # the estate's own day
    Column("lane", String(16), primary_key=True),
    Column("credential", String(16), primary_key=True),
    Column("times", JSON, nullable=False),  # as `Histogram.as_record` writes them
)

self_tests = Table(
    "self_tests",
    metadata,
    Column("lane", String(16), primary_key=True),  # the last test of each
    Column("id", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("steps", JSON, nullable=False),
)
