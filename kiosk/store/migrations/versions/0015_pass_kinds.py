"""Tell the kinds of passes, find them by their holders, and let keys follow one another."""

import base45
import cbor2
import sqlalchemy as sa
from alembic import op

import kiosk.store.tables
from kiosk.domain.text import search_tokens

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SIGNED = sa.text("SELECT seq, token, holder, kind FROM passes")
_SET_KEY = sa.text("UPDATE passes SET kid = :kid WHERE seq = :seq")
_INDEX = sa.text("INSERT INTO pass_search (rowid, words) VALUES (:seq, :words)")


def upgrade() -> None:
    op.add_column("passes", sa.Column("kind", sa.String(length=16), nullable=False, server_default="visit"))
    op.add_column("passes", sa.Column("kid", sa.LargeBinary(length=8)))
    op.add_column("passes", sa.Column("gate", sa.String(length=32), nullable=False, server_default=""))
    op.execute("UPDATE passes SET kind = CASE WHEN max_uses = 1 THEN 'single' ELSE 'multi' END WHERE NOT for_visit")
    op.create_index("passes_issued", "passes", ["seq"], sqlite_where=sa.text("kind != 'visit'"))
    op.create_index("passes_revoked", "passes", ["seq"], sqlite_where=sa.text("state = 'revoked'"))
    op.create_table(
        "revoked_elsewhere",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("not_after", kiosk.store.tables.UtcTime(), nullable=False),
    )
    op.add_column("pass_keys", sa.Column("replaced_at", kiosk.store.tables.UtcTime()))
    op.add_column("pass_keys", sa.Column("gate", sa.String(length=32), nullable=False, server_default=""))
    # What was called retired so far is honoured still.
    op.execute("UPDATE pass_keys SET replaced_at = retired_at, retired_at = NULL WHERE retired_at IS NOT NULL")
    # As `journal_by_visit`; `kiosk.services.feed_view` asks with the same expressions.
    op.execute(
        'CREATE INDEX journal_by_pass ON journal (substr(payload, instr(payload, \'"pass":"\') + 8, 32)) '
        'WHERE instr(payload, \'"pass":"\') > 0'
    )
    # As `visit_search`: parted into words by `kiosk.domain.text.search_tokens`.
    op.execute("CREATE VIRTUAL TABLE pass_search USING fts5(words, content='', tokenize='ascii')")
    connection = op.get_bind()
    for row in connection.execute(_SIGNED).all():
        connection.execute(_SET_KEY, {"seq": row.seq, "kid": _kid_of(row.token)})
        if row.kind != "visit":
            connection.execute(_INDEX, {"seq": row.seq, "words": " ".join(search_tokens(row.holder))})


def _kid_of(token: str) -> bytes | None:
    try:
        protected, unprotected, _payload, _signature = cbor2.loads(base45.b45decode(token)).value
        kid = unprotected.get(4) or cbor2.loads(protected).get(4)
    except Exception:  # noqa: BLE001 - base45 and CBOR say so variously
        return None  # unreadable here and at the gate alike
    return kid if isinstance(kid, bytes) else None
