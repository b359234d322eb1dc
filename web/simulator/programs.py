"""The simulator's JSON, as programs and tests use it. `*_ns` are `time.monotonic_ns()` of the appliance's process."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Final

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict

from hardware.interfaces import GateInput, PrinterState
from hardware.simulated.reader import SimulatedCardReader
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.cards import parse_uid
from web.api.requests import Model, check_body, invalid_fields, read_body
from web.errors import Unusable
from web.simulator import devices

PICTURE_TYPES: Final = frozenset({"image/png", "image/jpeg"})

Answer = dict[str, object]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CardBody(_Body):
    """A card to tap: its UID in hex."""

    uid: str


class InputsBody(_Body):
    """Inputs to press or let go; what is not named stays as it is."""

    exit_button: bool = False
    contact: bool = False
    fire: bool = False
    loop: bool = False


class PrinterBody(_Body):
    """The state to put the printer into."""

    state: PrinterState


class DeviceBody(_Body):
    """Whether a device's cable is out."""

    unplugged: bool


def body_of(model: type[Model]) -> Model:
    """The request's JSON as a model.

    Raises:
        Unusable, UnsupportedMediaType: it is something else.
    """
    return check_body(model, read_body(request, required=True))


def tap_card(lane: str) -> tuple[Answer, int]:
    """Put a card down and take it away again."""
    return _tap(devices.reader(lane))


def tap_card_at_desk() -> tuple[Answer, int]:
    """The same at the desk."""
    return _tap(devices.desk_reader())


def _tap(reader: SimulatedCardReader) -> tuple[Answer, int]:
    uid = parse_uid(body_of(CardBody).uid)
    return {"presented_ns": reader.tap(uid)}, HTTPStatus.ACCEPTED


def hold_up_picture(lane: str) -> tuple[Answer, int]:
    """Hold a picture up to the camera for a second and a half."""
    camera = devices.camera(lane)
    if request.mimetype not in PICTURE_TYPES:
        raise Unusable(
            "unsupported-media-type", "Send a picture, as image/png or image/jpeg.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        )
    try:
        presented_ns = camera.show(request.get_data(cache=False))
    except ValueError:
        raise Invalid({"image": FieldProblem.NOT_A_PICTURE}) from None
    return {"presented_ns": presented_ns}, HTTPStatus.ACCEPTED


def tell_gate(lane: str) -> Answer:
    """Tell what the relay and the inputs do, and every pulse that is remembered."""
    relay = devices.relay(lane)
    return {
        "relay": relay.state().value,
        "inputs": devices.input_states(lane) if f"{lane}.inputs" in devices.simulators() else {},
        "pulses": [{"energised_ns": pulse.energised_ns, "released_ns": pulse.released_ns} for pulse in relay.pulses],
    }


def press_inputs(lane: str) -> Answer:
    """Press inputs or let them go."""
    inputs = devices.inputs(lane)
    wanted = body_of(InputsBody).model_dump(exclude_unset=True)
    if not wanted:
        raise invalid_fields({GateInput.EXIT_BUTTON.value: "Name at least one input."})
    unwired = {name: "This input is not wired." for name in wanted if GateInput(name) not in inputs.wired}
    if unwired:
        raise invalid_fields(unwired)
    for name, active in wanted.items():
        inputs.set(GateInput(name), active)
    return {"inputs": devices.input_states(lane)}


def tell_printer() -> Answer:
    """Tell the printer's state and the receipts that came out of it, oldest first."""
    printer = devices.printer()
    return {
        "state": printer.status().value,
        "receipts": [
            {"id": receipt.id, "bytes_base64": base64.b64encode(receipt.data).decode("ascii")}
            for receipt in printer.receipts
        ],
    }


def set_printer() -> Answer:
    """Put the printer into a state."""
    printer = devices.printer()
    printer.set_state(body_of(PrinterBody).state)
    return {"state": printer.status().value}


def plug_device(name: str) -> Answer:
    """Pull a device's cable or put it back; the appliance notices and reopens by itself."""
    device = devices.by_name(name)
    if body_of(DeviceBody).unplugged:
        device.unplug()
    else:
        device.replug()
    return {"name": name, "unplugged": device.unplugged}


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.add_url_rule("/lanes/<lane>/card", view_func=tap_card, methods=["POST"])
    bp.add_url_rule("/desk/card", view_func=tap_card_at_desk, methods=["POST"])
    bp.add_url_rule("/lanes/<lane>/frame", view_func=hold_up_picture, methods=["POST"])
    bp.add_url_rule("/lanes/<lane>/gate", view_func=tell_gate)
    bp.add_url_rule("/lanes/<lane>/inputs", view_func=press_inputs, methods=["PUT"])
    bp.add_url_rule("/printer", view_func=tell_printer, endpoint="tell_printer")
    bp.add_url_rule("/printer", view_func=set_printer, methods=["PUT"], endpoint="set_printer")
    bp.add_url_rule("/devices/<name>", view_func=plug_device, methods=["PUT"])
