"""Print jobs of any kind; fires, and who has been found safe in one."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite cannot let a column be empty that must not be: the table is made anew.
    with op.batch_alter_table("print_jobs", table_kwargs={"sqlite_autoincrement": True}) as jobs:
        jobs.alter_column("visit_id", existing_type=sa.String(length=32), nullable=True)
        jobs.add_column(sa.Column("kind", sa.String(length=16), nullable=False, server_default="visit"))
        jobs.add_column(sa.Column("content", sa.JSON(), nullable=True))
        jobs.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="1"))
        jobs.add_column(sa.Column("parts", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "fires",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("began_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("ended_at", kiosk.store.tables.UtcTime(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_fires_began_at", "fires", ["began_at"], unique=False)
    op.create_table(
        "muster_marks",
        sa.Column("fire_id", sa.String(length=32), nullable=False),
        sa.Column("person_kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("marked_at", kiosk.store.tables.UtcTime(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fire_id"], ["fires.id"]),
        sa.PrimaryKeyConstraint("fire_id", "person_kind", "person_id"),
    )
