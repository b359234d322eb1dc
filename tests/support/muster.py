"""People who are inside, and the muster lists that a printer gave out."""

from __future__ import annotations

from hardware import escpos
from hardware.interfaces import GateInput, Raster
from kiosk.domain.receipts import Block
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from kiosk.services.receipt_render import render
from tests.support.appliance import TestGate


def come_in(gate: TestGate, name: str, unit: str = "1-A-1-A", companions: int = 0) -> Visit:
    """Somebody is signed in, and their receipt printed."""
    new = NewVisit(VisitKind.GUEST, unit, name, companions=companions)
    visit = gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="api test", lane=None).visit
    gate.wait_for_entry("receipt.printed", visit=visit.id)
    return visit


def leave(gate: TestGate, visit: Visit) -> None:
    """They hold their pass up on the way out, and are signed out."""
    token = gate.appliance.visit_queries.token_of(visit)
    assert token is not None
    gate.hold_up(token, "out")
    gate.wait_for_entry("visit.signed_out", visit=visit.id)


def burn(gate: TestGate, *, is_on: bool = True, lane: str = "in") -> None:
    gate.inputs(lane).set(GateInput.FIRE, is_on)


def end_fire(gate: TestGate, lane: str = "in") -> None:
    """The input falls silent, and a guard lets the lanes close."""
    after = gate.appliance.feed.last_seq
    if gate.inputs(lane).state()[GateInput.FIRE]:
        burn(gate, is_on=False, lane=lane)
        gate.wait_for_entry("input.changed", after=after, input="fire", active=False)
    gate.appliance.lanes.fire.reset(actor="user chan", reason="drill")


def papers(gate: TestGate) -> list[Raster]:
    """Every paper that came out, as dots."""
    return [escpos.decode_raster(receipt.data) for receipt in gate.printer().receipts]


def is_on_paper(gate: TestGate, content: tuple[Block, ...]) -> int:
    """How many of the papers that came out show exactly this."""
    wanted = render(content, gate.printer().width_dots)
    return sum(paper == wanted for paper in papers(gate))
