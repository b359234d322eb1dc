"""Goods in and out: deliveries, release slips, their reconciliation, and whose word an owner's link or card is."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = kiosk.store.tables.UtcTime()


def upgrade() -> None:
    op.create_table(
        "incident_holds",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", _TIME, nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", _TIME, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_incident_holds_subject_id"), "incident_holds", ["subject_id"], unique=False)
    op.create_table(
        "purge_certificates",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ended_before", _TIME, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reconciliation_notes",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week", "number"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("signed_at", _TIME, nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("week"),
    )
    op.create_table(
        "release_slips",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=True),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("requester", sa.String(length=16), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("vehicle_plate", sa.Text(), nullable=False),
        sa.Column("plate_key", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("not_before", _TIME, nullable=False),
        sa.Column("not_after", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("arrears_cleared_at", _TIME, nullable=True),
        sa.Column("arrears_cleared_by", sa.Text(), nullable=True),
        sa.Column("approval_method", sa.String(length=24), nullable=True),
        sa.Column("approved_at", _TIME, nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_digest", sa.String(length=64), nullable=False),
        sa.Column("is_out_of_hours", sa.Boolean(), nullable=False),
        sa.Column("authority_photo_id", sa.String(length=32), nullable=True),
        sa.Column("replaces_id", sa.String(length=32), nullable=True),
        sa.Column("replaced_by_id", sa.String(length=32), nullable=True),
        sa.Column("reissue_asked_at", _TIME, nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["release_slips.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["units.code"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("release_slips_by_created", "release_slips", ["created_at"], unique=False)
    op.create_index("release_slips_by_ended", "release_slips", ["ended_at"], unique=False)
    op.create_index("release_slips_by_kind", "release_slips", ["kind", "seq"], unique=False)
    op.create_index("release_slips_by_plate", "release_slips", ["plate_key", "seq"], unique=False)
    op.create_index("release_slips_by_replaced", "release_slips", ["replaces_id"], unique=False)
    op.create_index("release_slips_by_state", "release_slips", ["state", "seq"], unique=False)
    op.create_index("release_slips_by_unit", "release_slips", ["unit", "seq"], unique=False)
    op.create_table(
        "carried_items",
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("out", sa.Integer(), nullable=True),
        sa.Column("checked_at", _TIME, nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("out IS NULL OR (out >= 0 AND out <= quantity)", name="carried_items_out"),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visits.id"],
        ),
        sa.PrimaryKeyConstraint("visit_id", "line"),
    )
    op.create_table(
        "goods_in",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("handling", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("carrier_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("vehicle_plate", sa.Text(), nullable=False),
        sa.Column("plate_key", sa.Text(), nullable=False),
        sa.Column("is_dangerous", sa.Boolean(), nullable=False),
        sa.Column("shelf", sa.String(length=16), nullable=False),
        sa.Column("photo_id", sa.String(length=32), nullable=True),
        sa.Column("visit_id", sa.String(length=32), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("collect_method", sa.String(length=8), nullable=True),
        sa.Column("collected_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["units.code"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visits.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("goods_in_by_ended", "goods_in", ["ended_at"], unique=False)
    op.create_index("goods_in_by_category", "goods_in", ["category", "seq"], unique=False)
    op.create_index("goods_in_by_plate", "goods_in", ["plate_key", "seq"], unique=False)
    op.create_index("goods_in_by_state", "goods_in", ["state", "seq"], unique=False)
    op.create_index("goods_in_by_unit", "goods_in", ["unit", "seq"], unique=False)
    op.create_index(op.f("ix_goods_in_visit_id"), "goods_in", ["visit_id"], unique=False)
    op.create_table(
        "release_items",
        sa.Column("slip_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.String(length=32), nullable=True),
        sa.Column("returnable_until", _TIME, nullable=True),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("late_told_at", _TIME, nullable=True),
        sa.CheckConstraint("released >= 0 AND lost >= 0 AND released + lost <= quantity", name="release_items_balance"),
        sa.CheckConstraint("returned >= 0 AND returned <= released", name="release_items_returned"),
        sa.ForeignKeyConstraint(
            ["slip_id"],
            ["release_slips.id"],
        ),
        sa.PrimaryKeyConstraint("slip_id", "line"),
    )
    op.create_index(
        "release_items_returnable",
        "release_items",
        ["returnable_until"],
        unique=False,
        sqlite_where=sa.text("returnable_until IS NOT NULL"),
    )
    op.create_table(
        "release_trips",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("slip_id", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("vehicle_plate", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.String(length=32), nullable=True),
        sa.Column("opening_id", sa.String(length=32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slip_id"],
            ["release_slips.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_release_trips_slip_id"), "release_trips", ["slip_id"], unique=False)
    op.create_table(
        "release_movements",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("slip_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="release_movements_quantity"),
        sa.ForeignKeyConstraint(
            ["slip_id"],
            ["release_slips.id"],
        ),
        sa.ForeignKeyConstraint(
            ["trip_id"],
            ["release_trips.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_release_movements_slip_id"), "release_movements", ["slip_id"], unique=False)
    op.add_column("cards", sa.Column("is_owner", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("print_jobs", sa.Column("subject_id", sa.String(length=32), nullable=True))
    op.add_column("print_jobs", sa.Column("subject_number", sa.String(length=16), server_default="", nullable=False))
    op.create_index(op.f("ix_print_jobs_subject_id"), "print_jobs", ["subject_id"], unique=False)
    op.add_column("resident_links", sa.Column("is_owner", sa.Boolean(), server_default="0", nullable=False))
    # As `journal_by_visit`; `kiosk.store.journal.naming` asks with the same expressions.
    for member in ("slip", "goods"):
        opening = f'"{member}":"'
        op.execute(
            f"CREATE INDEX journal_by_{member} ON journal "
            f"(substr(payload, instr(payload, '{opening}') + {len(opening)}, 32)) "
            f"WHERE instr(payload, '{opening}') > 0"
        )
    # As `visit_search`: parted into words by `kiosk.domain.text.search_tokens`.
    op.execute("CREATE VIRTUAL TABLE goods_search USING fts5(words, content='', tokenize='ascii')")
    op.execute("CREATE VIRTUAL TABLE slip_search USING fts5(words, content='', tokenize='ascii')")
