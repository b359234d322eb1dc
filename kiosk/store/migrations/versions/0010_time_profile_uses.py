"""Which cards have a time profile, found without looking at every card."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("cards_by_time_profile", "cards", ["time_profile_id"])
