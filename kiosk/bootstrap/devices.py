"""Wires the devices of each lane, the desk's reader and the printer to the services that work them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

from hardware.camera_feed import CameraFeed
from hardware.interfaces import Device, DeviceKind, GateInput, GateInputs, PhotoMeter
from hardware.supervisor import Supervisor, Worker
from kiosk.config import DeskSettings, DriverSettings, LaneSettings, Settings
from kiosk.domain.alarms import AlarmKind
from kiosk.services.card_watch import CardProver, CardWatch
from kiosk.services.desk_taps import DESK_READER, DeskTaps
from kiosk.services.fire import FireHold
from kiosk.services.lane import Lane
from kiosk.services.lane_events import InputsFound
from kiosk.services.lanes import LaneService
from kiosk.services.photo_guide import PhotoGuide
from kiosk.services.qr_watch import QrWatch
from kiosk.services.spool import Spool

BuildDevice = Callable[[DeviceKind, str, Mapping[str, object]], Device]
_EVENT_WAIT_S: Final = 1.0


def wire_lanes(
    supervisor: Supervisor, lanes: LaneService, prover: CardProver, build_device: BuildDevice
) -> tuple[dict[str, CameraFeed], dict[str, QrWatch]]:
    """Give every device of every lane its worker; returns the lanes' cameras, and what watches them for codes."""
    cameras: dict[str, CameraFeed] = {}
    watches: dict[str, QrWatch] = {}

    def add(lane: Lane, kind: DeviceKind, spec: DriverSettings, work: Callable[[Any, Worker[Any]], None]) -> None:
        build = partial(build_device, kind, spec.driver, spec.options)
        supervisor.add(f"{lane.name}.{kind.value}", kind, spec.driver, build, work)

    for lane in lanes.all():
        settings: LaneSettings = lane.settings
        add(lane, DeviceKind.RELAY, settings.relay, lane.gate.work)
        if settings.inputs is not None:
            add(lane, DeviceKind.INPUTS, settings.inputs, partial(_watch_inputs, lane, lanes.fire))
        if settings.reader is not None:
            add(lane, DeviceKind.READER, settings.reader, CardWatch(prover, lane.post, settings.uid_order).work)
        if settings.camera is not None:
            feed = cameras[lane.name] = CameraFeed()
            add(lane, DeviceKind.CAMERA, settings.camera, feed.work)
            watch = watches[lane.name] = QrWatch(feed, lane.post)
            add(lane, DeviceKind.DECODER, settings.decoder, watch.work)
    return cameras, watches


def wire_desk(
    supervisor: Supervisor, settings: DeskSettings, taps: DeskTaps, prover: CardProver, build_device: BuildDevice
) -> None:
    """Give the desk's reader its worker, if there is one."""
    spec = settings.reader
    if spec is not None:
        build = partial(build_device, DeviceKind.READER, spec.driver, spec.options)
        work: Callable[[Any, Worker[Any]], None] = CardWatch(prover, taps.note, settings.uid_order).work
        supervisor.add(DESK_READER, DeviceKind.READER, spec.driver, build, work)


def wire_printer(supervisor: Supervisor, settings: Settings, spool: Spool, build_device: BuildDevice) -> None:
    """Give the receipt printer its worker, if there is one."""
    spec = settings.printer
    if spec is not None:
        build = partial(build_device, DeviceKind.PRINTER, spec.driver, spec.options)
        work: Callable[[Any, Worker[Any]], None] = spool.work
        supervisor.add("printer", DeviceKind.PRINTER, spec.driver, build, work)


def wire_photo_guide(build_device: BuildDevice) -> PhotoGuide:
    """Let the photo page have its advice. No worker: its meter computes, and only while somebody is at the photo."""
    return PhotoGuide(lambda: cast("PhotoMeter", build_device(DeviceKind.PHOTO_METER, "opencv", {})))


def _watch_inputs(lane: Lane, fire: FireHold, inputs: GateInputs, worker: Worker[GateInputs]) -> None:
    states = inputs.state()
    _watch_for_fire(lane, fire, is_on=states.get(GateInput.FIRE, False), was_found=True)
    lane.post(InputsFound(states, time.monotonic_ns()))
    try:
        while not worker.stopping.is_set():
            worker.beat()
            event = inputs.wait_for_change(_EVENT_WAIT_S)
            if event is None:
                continue
            if event.input is GateInput.FIRE:
                _watch_for_fire(lane, fire, is_on=event.active, was_found=False)
            lane.post(event)
    finally:
        lane.gate.note_loop(is_occupied=False)  # out of sight: it keeps no lane open


def _watch_for_fire(lane: Lane, fire: FireHold, *, is_on: bool, was_found: bool) -> None:
    if fire.note(lane.name, is_on=is_on, was_found=was_found):  # the gates are open by now, the alarm may wait
        lane.alarm(AlarmKind.FIRE)
