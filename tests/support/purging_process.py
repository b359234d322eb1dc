"""Purges a register in a process of its own that dies at its n-th statement: `DATA N DUE REGISTER`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, event

from kiosk.clock import SystemClock
from kiosk.config import GoodsSettings, VisitSettings
from kiosk.services.goods.purge import GoodsPurge
from kiosk.services.goods.purge_certificates import Register
from kiosk.services.visit_purge import VisitPurge
from kiosk.store.database import Store


def main() -> None:
    data, dies_at, due = Path(sys.argv[1]), int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
    statements: Iterator[int] = count(1)

    @event.listens_for(Engine, "before_cursor_execute")
    def _die(*_about: object) -> None:
        if next(statements) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(data, SystemClock())
    purges = {
        Register.GOODS: lambda: GoodsPurge(store, GoodsSettings(keep_days=30)),
        Register.VISITS: lambda: VisitPurge(store, VisitSettings(keep_days=30)),
    }
    purges[Register(sys.argv[4])]().run(due)


if __name__ == "__main__":
    main()
