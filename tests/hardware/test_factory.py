"""The factory: what it builds, and what it says when it cannot."""

from __future__ import annotations

import sys

import pytest

from hardware.errors import BadDriverOptions, DriverUnavailable
from hardware.factory import DRIVERS, build
from hardware.interfaces import (
    Camera,
    CardReader,
    DeviceKind,
    GateInputs,
    GateRelay,
    PhotoMeter,
    QrDecoder,
    ReceiptPrinter,
)
from hardware.supervisor import DeviceCondition, Supervisor

PATIENCE_S = 30.0
INTERFACES = {
    DeviceKind.RELAY: GateRelay,
    DeviceKind.INPUTS: GateInputs,
    DeviceKind.READER: CardReader,
    DeviceKind.CAMERA: Camera,
    DeviceKind.DECODER: QrDecoder,
    DeviceKind.PHOTO_METER: PhotoMeter,
    DeviceKind.PRINTER: ReceiptPrinter,
}
NEEDED_OPTIONS: dict[tuple[DeviceKind, str], dict[str, object]] = {
    (DeviceKind.RELAY, "gpio"): {"line": 17},
    (DeviceKind.CAMERA, "v4l2"): {"device": "/dev/video0"},
    (DeviceKind.PRINTER, "escpos"): {"connection": "network", "host": "127.0.0.1"},
}


@pytest.mark.parametrize(("kind", "driver"), [(kind, name) for kind, names in DRIVERS.items() for name in names])
def test_builds_every_driver_of_the_table(kind: DeviceKind, driver: str) -> None:
    device = build(kind, driver, NEEDED_OPTIONS.get((kind, driver), {}))
    assert isinstance(device, INTERFACES[kind])


def test_names_the_drivers_there_are() -> None:
    with pytest.raises(DriverUnavailable, match="gpio, simulated"):
        build(DeviceKind.RELAY, "usb", {})


@pytest.mark.parametrize(
    ("kind", "driver", "library", "module"),
    [
        (DeviceKind.READER, "pcsc", "smartcard", "hardware.drivers.pcsc_reader"),
        (DeviceKind.RELAY, "gpio", "gpiozero", "hardware.drivers.gpio_gate"),
    ],
)
def test_a_missing_library_is_said_and_nothing_takes_its_place(
    monkeypatch: pytest.MonkeyPatch, kind: DeviceKind, driver: str, library: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(DriverUnavailable) as caught:
        build(kind, driver, NEEDED_OPTIONS.get((kind, driver), {}))
    assert library in caught.value.vendor_reason

    supervisor = Supervisor()
    supervisor.add(
        "device", kind, driver,
        lambda: build(kind, driver, NEEDED_OPTIONS.get((kind, driver), {})), lambda _device, _worker: None,
    )  # fmt: skip
    supervisor.start()
    assert supervisor.wait_until_settled(PATIENCE_S)
    (health,) = supervisor.health()
    assert health.condition is DeviceCondition.MISCONFIGURED
    assert library in health.vendor_reason
    assert supervisor.device("device") is None
    assert supervisor.stop(PATIENCE_S)


@pytest.mark.parametrize(
    ("kind", "driver", "options"),
    [
        (DeviceKind.RELAY, "gpio", {}),
        (DeviceKind.RELAY, "gpio", {"line": 17, "colour": "red"}),
        (DeviceKind.RELAY, "gpio", {"line": 28}),
        (DeviceKind.RELAY, "gpio", {"line": "17"}),
        (DeviceKind.RELAY, "gpio", {"line": True}),
        (DeviceKind.RELAY, "gpio", {"line": 17, "active_high": "no"}),
        (DeviceKind.RELAY, "simulated", {"line": 17}),
        (DeviceKind.INPUTS, "gpio", {"fire": 5}),
        (DeviceKind.INPUTS, "gpio", {"fire": {}}),
        (DeviceKind.INPUTS, "gpio", {"fire": {"line": 5, "normaly": "open"}}),
        (DeviceKind.INPUTS, "gpio", {"fire": {"line": 5, "normally": "shut"}}),
        (DeviceKind.INPUTS, "gpio", {"fire": {"line": 5, "pull": "sideways"}}),
        (DeviceKind.INPUTS, "gpio", {"fire": {"line": 5}, "loop": {"line": 5}}),
        (DeviceKind.INPUTS, "gpio", {"fire": {"line": 5}, "debounce_s": 2}),
        (DeviceKind.INPUTS, "gpio", {"fire": {"line": 5}, "debounce_s": "long"}),
        (DeviceKind.INPUTS, "simulated", {"fire": "yes"}),
        (DeviceKind.READER, "pcsc", {"reader": 1}),
    ],
)
def test_refuses_options_it_cannot_use(kind: DeviceKind, driver: str, options: dict[str, object]) -> None:
    with pytest.raises(BadDriverOptions) as caught:
        build(kind, driver, options)
    assert driver in str(caught.value)
