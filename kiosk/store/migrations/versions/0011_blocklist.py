"""The blocklist, and which of its entries a visit was held up by."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocklist",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_tail", sa.String(length=8), nullable=True),
        sa.Column("vehicle_plate", sa.Text(), nullable=False),
        sa.Column("plate_key", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("created_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("ends_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("removed_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    for name, column in (("name", "name_key"), ("phone", "phone_tail"), ("plate", "plate_key")):
        op.create_index(
            f"blocklist_by_{name}", "blocklist", [column], unique=False, sqlite_where=sa.text("removed_at IS NULL")
        )
    op.add_column("visits", sa.Column("blocklist_id", sa.String(length=32), nullable=True))
