"""Cards as their office sees them: found by their holder, who changed their state, and what the journal says of one."""

import sqlalchemy as sa
from alembic import op

import kiosk.store.tables
from kiosk.domain.text import name_key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cards", sa.Column("holder_key", sa.Text(), nullable=False, server_default=""))
    op.add_column("cards", sa.Column("state_reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("cards", sa.Column("state_at", kiosk.store.tables.UtcTime(), nullable=True))
    op.add_column("cards", sa.Column("state_by", sa.Text(), nullable=True))
    op.create_index("cards_by_unit", "cards", ["unit", "seq"])
    connection = op.get_bind()
    holders = connection.execute(sa.text("SELECT seq, holder FROM cards")).all()
    if holders:
        connection.execute(
            sa.text("UPDATE cards SET holder_key = :key WHERE seq = :seq"),
            [{"seq": row.seq, "key": name_key(row.holder)} for row in holders],
        )
    # As `journal_by_visit`; `kiosk.services.card_queries` asks with the same expressions.
    op.execute(
        'CREATE INDEX journal_by_card ON journal (substr(payload, instr(payload, \'"card":"\') + 8, 32)) '
        'WHERE instr(payload, \'"card":"\') > 0'
    )
