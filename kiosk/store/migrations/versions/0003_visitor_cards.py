"""Lend cards to visitors."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cards", sa.Column("for_visits", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("visits", sa.Column("card_id", sa.String(length=32), nullable=True))
    op.create_index("visits_by_card", "visits", ["card_id", "seq"])
