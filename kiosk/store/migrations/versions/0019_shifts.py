"""What shifts hand over, remarks on records, times at the touchscreen, identity documents, couriers' cards."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annotations",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("field", sa.String(length=32), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("annotations_by_subject", "annotations", ["subject", "subject_id", "seq"], unique=False)
    op.create_table(
        "daily_lists",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("kind", "day"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "handovers",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("outgoing", sa.String(length=64), nullable=False),
        sa.Column("incoming", sa.String(length=64), server_default="", nullable=False),
        sa.Column("outgoing_signed_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("outgoing_signed_by", sa.String(length=8), server_default="", nullable=False),
        sa.Column("incoming_signed_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("incoming_signed_by", sa.String(length=8), server_default="", nullable=False),
        sa.Column("ended_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("handovers_open", "handovers", ["seq"], unique=False, sqlite_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "screens",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("paused_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "service_times",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("is_returning", sa.Boolean(), nullable=False),
        sa.Column("entered_ms", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_service_times_at"), "service_times", ["at"], unique=False)
    op.create_table(
        "handover_items",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("handover_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("since", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handovers.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("handover_id", "kind", "subject_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_handover_items_handover_id"), "handover_items", ["handover_id"], unique=False)
    op.create_table(
        "handover_notes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("handover_id", sa.String(length=32), nullable=False),
        sa.Column("at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handovers.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_handover_notes_handover_id"), "handover_notes", ["handover_id"], unique=False)
    op.add_column("cards", sa.Column("carrier", sa.Text(), server_default="", nullable=False))
    op.add_column("users", sa.Column("card_id", sa.String(length=32), nullable=True))
    op.create_index("users_by_card", "users", ["card_id"], unique=True)
    op.add_column("visits", sa.Column("begun_at", kiosk.store.tables.UtcTime(), nullable=True))
    op.add_column("visits", sa.Column("is_returning", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("visits", sa.Column("document_masked", sa.String(length=32), server_default="", nullable=False))
    op.add_column("visits", sa.Column("document_sealed", sa.LargeBinary(), nullable=True))
