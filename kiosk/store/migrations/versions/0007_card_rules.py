"""Time profiles, and what a card or pass is good for: lanes, hours, a group, duress."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "time_profiles",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("created_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.add_column("passes", sa.Column("weekly", sa.JSON(), nullable=True))
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE cards ADD COLUMN time_profile_id VARCHAR(32) REFERENCES time_profiles (id)")
    op.add_column("cards", sa.Column("lanes", sa.JSON(), nullable=True))
    op.add_column("cards", sa.Column("card_group", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("cards", sa.Column("for_duress", sa.Boolean(), nullable=False, server_default="0"))
