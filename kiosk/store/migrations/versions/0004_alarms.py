"""Keep alarms until somebody has seen to them."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(length=32), nullable=False, unique=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("raised_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("acknowledged_at", kiosk.store.tables.UtcTime()),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("alarms_open", "alarms", ["seq"], sqlite_where=sa.text("acknowledged_at IS NULL"))
