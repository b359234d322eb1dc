"""The lists of the day at the panel: the newest of each, how their items stand now, and earlier ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from kiosk.domain.open_items import DailyKind
from kiosk.domain.visits import Visit, VisitKind
from tests.panel.guard import Guard
from tests.support.appliance import TestGate


def test_the_newest_of_each_with_what_is_still_open(
    gate: TestGate, app: Flask, guard: Guard, arrive: Callable[..., Visit]
) -> None:
    lists, now = gate.appliance.shifts.daily_lists, gate.appliance.clock.now()
    with gate.appliance.store.write() as transaction:
        transaction.connection.exec_driver_sql("DELETE FROM daily_lists")
    assert "One comes at 09:00 and one at 17:00." in guard.get("/panel/daily-lists").text
    settled, still_open = arrive("何工", VisitKind.CONTRACTOR), arrive("馬工", VisitKind.CONTRACTOR)
    for day in range(3):
        lists.make(DailyKind.UNFINISHED, now + timedelta(days=day))
    lists.make(DailyKind.LEFT_OVER, now)
    gate.appliance.visits.refuse(settled.id, actor="user guard", reason="x")
    desk = Guard(app)
    desk.log_in("frontdesk")
    shown = desk.get("/panel/daily-lists").text
    newest = lists.newest(DailyKind.UNFINISHED)
    assert newest is not None
    page = desk.get(f"/panel/daily-lists/{newest.id}").text
    assert f'href="/panel/daily-lists/{newest.id}"' in shown
    for text in (shown, page):
        assert "is-settled" in text
        assert "Still open" in text
        assert still_open.number in text
    assert shown.count("row-link") == 4
    assert desk.get("/panel/daily-lists?kind=left-over").text.count("row-link") == 1
    file = desk.get(f"/panel/daily-lists/{newest.id}/items.csv").text
    assert f"{settled.number}," in file
    assert "Refused" in file
    assert "何工" not in file
    clerk = Guard(app)
    clerk.log_in("clerk")
    assert clerk.get("/panel/daily-lists").status_code == 403
