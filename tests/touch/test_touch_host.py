"""The touchscreen while a host is asked, and after the host has not answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kiosk.services.resident_links import NewLink
from tests.host.resident import ClockAhead
from tests.support.appliance import demo_appliance, document
from tests.support.visitor import Visitor
from web import create_app


def test_a_visitor_reads_who_is_being_asked(tmp_path: Path) -> None:
    settings = document(
        visits={"kinds": {"delivery": {"approval": "host"}}}, hosts={"base_url": "http://192.168.1.10:8080"}
    )
    clock = ClockAhead()
    with demo_appliance(tmp_path, settings=settings, clock=clock) as gate:
        app = create_app(gate.appliance)
        nobody = Visitor(app).to_visit()
        assert "The guard is being asked." in nobody.page
        gate.appliance.resident_links.make(NewLink("2-C-12-A", "陳太"), actor="user desk")
        visitor = Visitor(app).to_visit()
        assert "We are asking your host." in visitor.page
        visit = gate.appliance.visit_queries.waiting()[0]
        clock.ahead += timedelta(seconds=120)
        gate.appliance.approvals.run_due()
        gate.wait_for_entry("host.unanswered", visit=visit.id)
        assert "Please wait for the guard" in visitor.see("/visit/state").page
        gate.appliance.visits.approve(visit.id, actor="user chan")
        assert visit.number in visitor.see("/visit").page
