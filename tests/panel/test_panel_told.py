"""Who is told of events, on the page of devices."""

from __future__ import annotations

from sqlalchemy import update

from kiosk.store.tables import deliveries
from tests.panel.guard import Guard
from tests.support.appliance import TestGate


def test_whoever_cannot_be_told_stands_on_the_page_of_devices(gate: TestGate, guard: Guard) -> None:
    assert "Who is told" not in guard.get("/panel/devices").text
    webhook, _secret = gate.appliance.webhooks.add(
        actor="api test", url="https://office.example/gate?token=s3cret", events=["goods.released"]
    )
    page = guard.get("/panel/devices").text
    assert "Who is told" in page
    assert "Arrives" in page
    with gate.appliance.store.write() as transaction:
        transaction.connection.execute(
            update(deliveries).values(failures=7, failure="http-502", failing_since=transaction.now)
        )
    page = guard.get("/panel/devices").text
    assert f"webhook {webhook.id}" in page
    assert "Does not arrive" in page
    assert "The receiver did not take it." in page
    assert "s3cret" not in page
    gate.appliance.webhooks.remove(webhook.id, actor="api test")
