"""When visits ended, for the purge that looks for old ones every night."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("visits_by_ended", "visits", ["ended_at"], unique=False)
