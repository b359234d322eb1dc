"""Remember where cards have passed, how often households went out, and how lanes stand."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_passages",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opening_id", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=32), nullable=False),
        sa.Column("is_inward", sa.Boolean(), nullable=False),
        sa.Column("at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("card_passages_by_card", "card_passages", ["card_id", "seq"])
    op.create_table(
        "household_exits",
        sa.Column("opening_id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.code"]),
        sa.PrimaryKeyConstraint("opening_id"),
    )
    op.create_index("household_exits_by_unit", "household_exits", ["unit", "day"])
    op.create_table(
        "lane_states",
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("locked_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("locked_by", sa.Text(), nullable=False),
        sa.Column("lock_reason", sa.Text(), nullable=False),
        sa.Column("first_card_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("first_card_opening_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("lane"),
    )
