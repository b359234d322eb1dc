"""How long openings took, by lane, credential and day; what a lane's last self-test found."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("credential", sa.String(length=16), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", "lane", "credential"),
    )
    op.create_table(
        "self_tests",
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("begun_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("lane"),
    )
