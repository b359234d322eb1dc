"""Cards that were on record before they could be searched."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from kiosk.clock import SystemClock
from kiosk.services.card_queries import CardFilter, CardQueries
from kiosk.store import database
from kiosk.store.database import Store


def test_cards_from_before_are_found_by_their_holder(tmp_path: Path) -> None:
    store = Store(tmp_path / "data", SystemClock())
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    before = ScriptDirectory.from_config(config).get_revision("0009").down_revision
    with store._writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, before)
    with store.write() as transaction:
        for statement in (
            "INSERT INTO units VALUES ('1-A-1-A', '1', 'A', '1', 'A', 1)",
            """INSERT INTO cards (id, uid, holder, unit, state, for_visits, created_at)
            VALUES ('a', '01020304', '歐陽詠欣', '1-A-1-A', 'lost', 0, 0)""",
        ):
            transaction.connection.exec_driver_sql(statement)
    store.migrate()
    (card,) = CardQueries(store).page(CardFilter("詠欣"), before=None, limit=10).items
    assert (card.holder, card.state_reason, card.state_at, card.state_by) == ("歐陽詠欣", "", None, None)
    store.close()
