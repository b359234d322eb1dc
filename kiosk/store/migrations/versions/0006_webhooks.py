"""Tell others what happened: webhooks, and each subscriber's place in the journal."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("with_visitor", sa.Boolean(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("failure", sa.String(length=32), nullable=False),
        sa.Column("delivered_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("disabled_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
