"""The page to play with, and what its script asks for: the scene several times a second, pictures when they change.

The script asks rather than being told: a simulated contact moves without any event to tell of it, and a question
answered from memory costs less than a stream that holds a server's thread.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from PIL import Image
from pydantic import BaseModel, ConfigDict

from hardware.escpos import decode_raster
from hardware.interfaces import DeviceKind, GateInput, PrinterState
from hardware.simulated.printer import PrintedReceipt
from kiosk.domain.access import Code, CredentialState
from kiosk.errors import Conflict, NotFound
from kiosk.services.cards import Card
from kiosk.services.desk_taps import DESK_READER
from kiosk.services.openings import OpeningCause
from web.access import appliance
from web.sentences import guard_sentence, journal_sentence, opening_cause_label
from web.simulator import devices
from web.simulator.programs import Answer, body_of

CARDS_SHOWN: Final = 13
EVENTS_READ: Final = 200
_CARD_TROUBLE: Final = {
    CredentialState.LOST: Code.LOST,
    CredentialState.SUSPENDED: Code.SUSPENDED,
    CredentialState.RETURNED: Code.RETURNED,
}


class ReceiptBody(BaseModel):
    """A receipt that came out of the printer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    receipt: int


def show_page() -> str:
    """The page itself.

    Raises:
        NotFound: no device is simulated.
    """
    simulators = devices.simulators()
    if not simulators:
        raise NotFound("simulated device")
    box = appliance()
    lanes = [
        {
            "name": lane.name,
            "direction": lane.settings.direction.value,
            "devices": [kind.value for kind in DeviceKind if f"{lane.name}.{kind.value}" in simulators],
            "inputs": [one.value for one in GateInput if one in _wired(lane.name)],
        }
        for lane in box.lanes.all()
    ]
    # Whose cards the estate has is shown for invented estates only.
    cards = [_card(card) for card in box.cards.first(CARDS_SHOWN)] if box.is_demo else []
    return render_template(
        "simulator/page.html",
        lanes=[lane for lane in lanes if lane["devices"]],
        has_desk=DESK_READER in simulators,
        has_printer=devices.PRINTER_NAME in simulators,
        printer_states=[state.value for state in PrinterState if state is not PrinterState.UNPLUGGED],
        cards=cards,
        seq=box.feed.last_seq,
    )


def tell_scene() -> Answer:
    """Everything that moves, and what the gate has said since journal entry `?after=`."""
    simulators = devices.simulators()
    health = {one.name: one for one in appliance().supervisor.health()}
    box = appliance()
    asked = request.args.get("after", type=int)
    after = box.feed.last_seq if asked is None else asked
    entries = box.feed.after(after, EVENTS_READ)
    return {
        "seq": entries[-1].seq if entries else after,
        "said": [said for said in (_said(entry.type, entry.payload) for entry in entries) if said],
        "lanes": {lane.name: _lane(lane.name) for lane in box.lanes.all() if f"{lane.name}.relay" in simulators},
        "printer": _printer() if devices.PRINTER_NAME in simulators else None,
        "devices": {
            name: {"unplugged": device.unplugged, "condition": health[name].condition}
            for name, device in simulators.items()
        },
    }


def tell_view(lane: str) -> Response:
    """What a lane's camera sees at this moment, as a JPEG; 204 when it sees nothing."""
    devices.camera(lane)
    frame = appliance().cameras[lane].latest()
    if frame is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    return Response(frame.jpeg(), mimetype="image/jpeg")


def show_receipt(receipt_id: int) -> Response:
    """A receipt as it looks on paper, as a PNG."""
    return Response(_paper(_receipt(receipt_id)), mimetype="image/png", headers={"Cache-Control": "private"})


def hold_up_receipt(lane: str) -> tuple[Answer, int]:
    """Hold the paper itself up to a lane's camera."""
    camera = devices.camera(lane)
    paper = _paper(_receipt(body_of(ReceiptBody).receipt))
    return {"presented_ns": camera.show(paper)}, HTTPStatus.ACCEPTED


def _lane(name: str) -> dict[str, Any]:
    pulses = devices.relay(name).pulses
    return {
        "relay": devices.relay(name).state(),
        "pulses": len(pulses),
        "last_ns": pulses[-1].energised_ns if pulses else 0,
        "inputs": devices.input_states(name) if _wired(name) else {},
    }


def _card(card: Card) -> dict[str, str]:
    trouble = _CARD_TROUBLE.get(card.state)
    if trouble is None and card.valid_to is not None and card.valid_to <= appliance().clock.now():
        trouble = Code.EXPIRED
    if trouble is None and card.carrier:
        trouble = Code.COURIER_CARD
    return {
        "uid": card.uid,
        "holder": card.holder,
        "unit": card.unit,
        "trouble": str(guard_sentence(trouble)) if trouble else "",
    }


def _said(type_: str, payload: Mapping[str, Any]) -> dict[str, str] | None:
    """What the lamp and the display of a lane or the desk show because of a journal entry; None for all others."""
    match type_:
        case "access.granted":
            mood, text = "go", guard_sentence(Code(payload["code"]))
        case "access.refused":
            mood, text = "stop", guard_sentence(Code(payload["code"]))
        case "desk.card_tapped":
            code = Code(payload["verdict"])
            mood, text = ("go", _("Card read")) if code is Code.GRANTED else ("stop", guard_sentence(code))
        case "gate.opened" if payload["cause"] != OpeningCause.CREDENTIAL:
            mood, text = "go", opening_cause_label(OpeningCause(payload["cause"]))
        case "gate.failed" | "gate.late":
            mood, text = "stop", journal_sentence(type_)
        case _:
            return None
    return {"lane": payload.get("lane", "desk"), "mood": mood, "text": str(text)}


def _wired(name: str) -> frozenset[GateInput]:
    return devices.inputs(name).wired if f"{name}.inputs" in devices.simulators() else frozenset()


def _printer() -> dict[str, Any]:
    printer = devices.printer()
    return {"state": printer.status(), "receipts": [receipt.id for receipt in printer.receipts]}


def _receipt(receipt_id: int) -> PrintedReceipt:
    for receipt in devices.printer().receipts:
        if receipt.id == receipt_id:
            return receipt
    raise NotFound("receipt")


def _paper(receipt: PrintedReceipt) -> bytes:
    try:
        raster = decode_raster(receipt.data)
    except ValueError:
        raise Conflict("not-a-picture", "What was printed is not a picture.") from None
    size = (raster.width_dots, raster.height_dots)
    picture = Image.frombytes("1", size, bytes(byte ^ 0xFF for byte in raster.rows))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.add_url_rule("/", view_func=show_page)
    bp.add_url_rule("/scene", view_func=tell_scene)
    bp.add_url_rule("/lanes/<lane>/view.jpg", view_func=tell_view)
    bp.add_url_rule("/lanes/<lane>/receipt", view_func=hold_up_receipt, methods=["POST"])
    bp.add_url_rule("/receipts/<int:receipt_id>.png", view_func=show_receipt)
