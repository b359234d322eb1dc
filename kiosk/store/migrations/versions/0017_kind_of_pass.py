"""A pass says by its kind that it is a visit's receipt; the column that said it once more goes."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("passes", "for_visit")
