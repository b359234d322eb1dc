"""The tables. SQLite and PostgreSQL alike, but for the full-text index, which migrations make per engine.

Times are aware datetimes in UTC, stored as whole microseconds since 1970. Ids are 32 hex digits (`new_id`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from kiosk.domain.text import name_key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970-01-01T00:00Z: sorts, indexes, and has no zone to lose."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database; a naive datetime raises TypeError."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return from_microseconds(value)


def to_microseconds(moment: datetime) -> int:
    """An aware datetime as the database keeps it."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int | None) -> datetime | None:
    """What the database keeps as an aware datetime in UTC; None stays None."""
    return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData()

# SQLite gives AUTOINCREMENT and rowid speed to INTEGER PRIMARY KEY only, not to BIGINT.
_Seq = BigInteger().with_variant(Integer, "sqlite")

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

visits = Table(
    "visits",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
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
    sqlite_autoincrement=True,
)
Index("visits_by_state", visits.c.state, visits.c.seq)
Index("visits_by_unit", visits.c.unit, visits.c.seq)
Index("visits_by_pass", visits.c.pass_id, visits.c.seq)
Index("visits_by_card", visits.c.card_id, visits.c.seq)
Index("visits_by_created", visits.c.created_at)
Index("visits_by_phone", visits.c.phone_reversed, visits.c.seq)
Index("visits_by_plate", visits.c.plate_key, visits.c.seq)

blocklist = Table(
    "blocklist",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
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

photos = Table(
    "photos",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("taken_at", UtcTime, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
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
    Column("seq", _Seq, primary_key=True, autoincrement=True),
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
Index("cards_by_time_profile", cards.c.time_profile_id)

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
    Column("seq", _Seq, primary_key=True, autoincrement=True),
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

overstays = Table(
    "overstays",
    metadata,
    Column("visit_id", ForeignKey("visits.id"), primary_key=True),
    Column("alarm_id", String(32), nullable=False),  # the last one about it
    Column("told_at", UtcTime, nullable=False),
)

print_jobs = Table(
    "print_jobs",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False, server_default="visit"),  # `PrintKind`
    Column("visit_id", ForeignKey("visits.id"), index=True),  # whose receipt it is
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

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("pin_hash", Text),
    Column("duress_pin_hash", Text),  # opens as the PIN does and alarms silently
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("api_key_id", ForeignKey("api_keys.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("clock", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("type", String(48), nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous_hash", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_autoincrement=True,
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

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

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", JSON(none_as_null=True), nullable=False),
    Column("with_visitor", Boolean, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("place", BigInteger, nullable=False),  # the last entry of the journal that was taken or is of no interest
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcTime),
    Column("failure", String(32), nullable=False),
    Column("delivered_at", UtcTime),
    Column("disabled_at", UtcTime),
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

resident_links = Table(
    "resident_links",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("unit", ForeignKey("units.code"), nullable=False),
    Column("name", Text, nullable=False),  # what the estate calls it: whose telephone
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

invitations = Table(
    "invitations",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
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
    Column("seq", _Seq, primary_key=True, autoincrement=True),
    Column("visit_id", ForeignKey("visits.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("step", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),  # of the link, the account or the program, as it was then
    sqlite_autoincrement=True,
)
