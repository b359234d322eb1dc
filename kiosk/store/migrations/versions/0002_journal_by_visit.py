"""Find a visit's entries in the journal."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not json_extract: the index must never fail on a payload that somebody has tampered with; finding that out is
    # for the journal's verification. `kiosk.services.feed_view` asks with the same expressions.
    op.execute(
        'CREATE INDEX journal_by_visit ON journal (substr(payload, instr(payload, \'"visit":"\') + 9, 32)) '
        'WHERE instr(payload, \'"visit":"\') > 0'
    )
