"""Who raised an alarm and how often it was told again, what was said about an overstay, PINs, and units' own stays."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alarms", sa.Column("raised_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("alarms", sa.Column("repeats", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("pin_hash", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("duress_pin_hash", sa.Text(), nullable=True))
    op.add_column("units", sa.Column("stay_h", sa.Float(), nullable=True))
    op.create_table(
        "overstays",
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("alarm_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("visit_id"),
    )
