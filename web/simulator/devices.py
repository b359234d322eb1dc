"""Finds the simulators among an appliance's devices."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar

from hardware.interfaces import Device, DeviceKind, GateInput
from hardware.simulated.camera import SimulatedCamera
from hardware.simulated.gate import SimulatedGateInputs, SimulatedGateRelay
from hardware.simulated.printer import SimulatedPrinter
from hardware.simulated.reader import SimulatedCardReader
from kiosk.errors import NotFound
from kiosk.services.desk_taps import DESK_READER
from web.access import appliance
from web.errors import Unusable

Simulator = SimulatedGateRelay | SimulatedGateInputs | SimulatedCardReader | SimulatedCamera | SimulatedPrinter
S = TypeVar("S", bound=Device)

PRINTER_NAME = "printer"


def relay(lane: str) -> SimulatedGateRelay:
    """A lane's simulated relay; so for the other kinds below.

    Raises:
        NotFound: there is no such lane, or its device is a real one.
    """
    return _of_lane(lane, DeviceKind.RELAY, SimulatedGateRelay)


def inputs(lane: str) -> SimulatedGateInputs:
    """A lane's simulated inputs."""
    return _of_lane(lane, DeviceKind.INPUTS, SimulatedGateInputs)


def reader(lane: str) -> SimulatedCardReader:
    """A lane's simulated card reader."""
    return _of_lane(lane, DeviceKind.READER, SimulatedCardReader)


def desk_reader() -> SimulatedCardReader:
    """The desk's simulated card reader.

    Raises:
        NotFound: there is none, or it is a real one.
    """
    device = simulators().get(DESK_READER)
    if not isinstance(device, SimulatedCardReader):
        raise NotFound("simulated reader at the desk")
    return device


def camera(lane: str) -> SimulatedCamera:
    """A lane's simulated camera."""
    return _of_lane(lane, DeviceKind.CAMERA, SimulatedCamera)


def printer() -> SimulatedPrinter:
    """The simulated printer."""
    device = simulators().get(PRINTER_NAME)
    if not isinstance(device, SimulatedPrinter):
        raise NotFound("simulated printer")
    return device


def simulators() -> Mapping[str, Simulator]:
    """Every simulator by the name under which it is supervised."""
    supervisor = appliance().supervisor
    devices = {name: supervisor.device(name) for name in supervisor.names()}
    return {name: device for name, device in devices.items() if isinstance(device, Simulator)}


def by_name(name: str) -> Simulator:
    """The simulator of that name.

    Raises:
        Unusable: 404, with the names there are.
    """
    known = simulators()
    if name not in known:
        names = ", ".join(known) or "none"
        raise Unusable(
            "not-found", f"There is no simulated device of that name. There are: {names}.", HTTPStatus.NOT_FOUND
        )
    return known[name]


def input_states(lane: str) -> dict[GateInput, bool]:
    """The states of a lane's simulated inputs; empty while they are unplugged, when nobody knows any."""
    found = inputs(lane)
    try:
        return dict(found.state())
    except ConnectionError:
        return {}


def _of_lane(lane: str, kind: DeviceKind, simulator: type[S]) -> S:
    appliance().lanes.get(lane)
    device = simulators().get(f"{lane}.{kind.value}")
    if not isinstance(device, simulator):
        raise NotFound(f"simulated {kind.value} at lane {lane}")
    return device
