"""Turns a driver's name from the settings into a device.

A table of strings, so that a vendor's library is imported when its device is built and at no other time. A name
that cannot be had is an error for the health page; nothing here ever falls back to a simulator.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Final

from hardware.errors import BadDriverOptions, DriverUnavailable
from hardware.interfaces import Device, DeviceKind

DRIVERS: Final[Mapping[DeviceKind, Mapping[str, str]]] = {
    DeviceKind.RELAY: {
        "gpio": "hardware.drivers.gpio_gate:GpioGateRelay",
        "simulated": "hardware.simulated.gate:SimulatedGateRelay",
    },
    DeviceKind.INPUTS: {
        "gpio": "hardware.drivers.gpio_gate:GpioGateInputs",
        "simulated": "hardware.simulated.gate:SimulatedGateInputs",
    },
    DeviceKind.READER: {
        "pcsc": "hardware.drivers.pcsc_reader:PcscCardReader",
        "simulated": "hardware.simulated.reader:SimulatedCardReader",
    },
    DeviceKind.CAMERA: {
        "v4l2": "hardware.drivers.v4l2_camera:V4l2Camera",
        "simulated": "hardware.simulated.camera:SimulatedCamera",
    },
    DeviceKind.DECODER: {
        "zxing": "hardware.drivers.qr_decoders:ZxingDecoder",
        "pyzbar": "hardware.drivers.qr_decoders:PyzbarDecoder",
    },
    DeviceKind.PHOTO_METER: {
        "opencv": "hardware.drivers.photo_meter:OpenCvPhotoMeter",
    },
    DeviceKind.PRINTER: {
        "escpos": "hardware.drivers.escpos_printer:EscposPrinter",
        "simulated": "hardware.simulated.printer:SimulatedPrinter",
    },
}


def build(kind: DeviceKind, driver: str, options: Mapping[str, object]) -> Device:
    """Import a driver and construct its device; no I/O happens before `open()`.

    Raises:
        DriverUnavailable: there is no such driver, or its library cannot be imported here.
        BadDriverOptions: the driver does not know an option, misses one, or refuses its value.
    """
    known = DRIVERS[kind]
    if driver not in known:
        raise DriverUnavailable(f"there is no {kind} driver {driver!r}; known: {', '.join(sorted(known))}")
    module_name, class_name = known[driver].split(":")
    try:
        device_class: type[Device] = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, OSError) as error:
        # OSError: a shared library that a binding loads by name (libzbar, libpcsclite) is missing.
        raise DriverUnavailable(f"the {kind} driver {driver!r} cannot be loaded here", vendor_reason=error) from error
    try:
        inspect.signature(device_class).bind(**options)
        return device_class(**options)
    except (TypeError, ValueError) as error:
        raise BadDriverOptions(f"the {kind} driver {driver!r} cannot use its options: {error}") from error
