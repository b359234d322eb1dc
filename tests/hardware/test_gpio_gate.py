"""What the GPIO gate does beyond the contract: signals, one-step claiming, the right chip, bounce, lgpio's manners."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gpiozero
import pytest

from hardware.debounce import Debouncer
from hardware.drivers import raspberry_pi
from hardware.drivers.gpio_gate import GpioGateInputs, GpioGateRelay
from hardware.errors import DeviceBusy, DeviceUnavailable, DriverUnavailable
from hardware.interfaces import GateInput, RelayState
from tests.support.gpio import KernelChips, mock_pins

PATIENCE_S = 30.0
"""Only a hang lasts this long."""

ROOT = Path(__file__).resolve().parent.parent.parent
PI_5_REVISION = 0xD04170
OUT_LOW, OUT_HIGH = ("output", 0), ("output", 1)


# --- told to stop in the middle of a pulse ---


@pytest.mark.parametrize("how", ["main-thread", "thread", "thread-closed-by-handler"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_told_to_stop_releases_the_relay(how: str, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.pulsing_process", how],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "energised\n"
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert said == "0 1 0\n"


# --- the kernel below lgpio ---


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KernelChips]:
    """The chips of a Pi 5 with a new kernel, and nobody using them."""
    raspberry_pi._import_lgpio()
    kernel = KernelChips({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"})
    kernel.populate(tmp_path)
    kernel.install(monkeypatch)
    monkeypatch.setattr(raspberry_pi, "DEVICES", tmp_path)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: PI_5_REVISION)
    yield kernel
    if gpiozero.Device.pin_factory is not None:
        gpiozero.Device.pin_factory.close()
        gpiozero.Device.pin_factory = None


@pytest.mark.parametrize(
    ("active_high", "released", "energised"), [(True, OUT_LOW, OUT_HIGH), (False, OUT_HIGH, OUT_LOW)]
)
def test_the_line_is_claimed_released_in_one_step(
    kernel: KernelChips, *, active_high: bool, released: tuple[str, int], energised: tuple[str, int]
) -> None:
    with GpioGateRelay(17, active_high=active_high) as relay:
        driven = kernel.line(17).driven
        assert [step for step in driven if step[0] == "output"] == [released]
        relay.pulse(0.001)
        assert [step for step in driven if step[0] == "output"] == [released, energised, released]
    assert driven[-1] == ("input", None)


@pytest.mark.parametrize(
    ("labels", "chip"),
    [
        ({0: "pinctrl-bcm2835", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 1: "gpio-brcmstb@107d508520", 4: "pinctrl-rp1"}, 4),
        ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
    ],
    ids=["Pi 3", "Pi 4", "Pi 5 before 6.6.45", "Pi 5"],
)
def test_the_chip_of_the_header_is_found_by_its_label(
    kernel: KernelChips, tmp_path: Path, labels: dict[int, str], chip: int
) -> None:
    kernel.labels = labels
    kernel.populate(tmp_path)
    with GpioGateRelay(17):
        assert kernel.opened == [chip]


def test_a_machine_without_a_header_is_said_to_be_one(kernel: KernelChips) -> None:
    kernel.labels = {0: "INT34C5:00"}
    kernel.forbidden = frozenset({10})
    with pytest.raises(DeviceUnavailable) as caught:
        GpioGateRelay(17).open()
    assert "INT34C5:00" in caught.value.vendor_reason
    assert "can not open gpiochip" in caught.value.vendor_reason
    assert kernel.opened == []


def test_a_line_held_by_another_program_is_busy(kernel: KernelChips) -> None:
    kernel.line(17).busy = True
    relay = GpioGateRelay(17)
    with pytest.raises(DeviceBusy) as caught:
        relay.open()
    assert caught.value.vendor_reason == "GPIO busy"
    assert relay.state() is RelayState.CLOSED
    del caught
    kernel.line(17).busy = False
    with relay:
        relay.pulse(0.001)


def test_this_machine_says_why_it_has_no_gpio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(raspberry_pi, "DEVICES", tmp_path)
    with pytest.raises(DeviceUnavailable, match="no Raspberry Pi") as caught:
        GpioGateRelay(17).open()
    assert caught.value.vendor_reason == "no gpiochip"
    assert gpiozero.Device.pin_factory is None


def test_lgpio_missing_is_a_missing_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(DriverUnavailable) as caught:
        GpioGateRelay(17).open()
    assert "lgpio" in caught.value.vendor_reason


def test_lgpio_leaves_the_working_directory_alone(tmp_path: Path) -> None:
    """Imported in a fresh process: it changes directory and makes a FIFO when left to itself."""
    here, temporary = tmp_path / "here", tmp_path / "tmp"
    here.mkdir()
    temporary.mkdir()
    program = (
        "import os, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from hardware.drivers import raspberry_pi\n"
        "raspberry_pi._import_lgpio()\n"
        "print(os.getcwd(), os.environ.get('LG_WD'))\n"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    environment.pop("LG_WD", None)
    done = subprocess.run(
        [sys.executable, "-u", "-c", program], cwd=here, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{here} None\n"
    assert list(here.iterdir()) == []
    assert list(temporary.iterdir()) == []


# --- gpiozero above mock pins ---


def test_one_line_for_two_devices_is_busy() -> None:
    with mock_pins(), GpioGateRelay(17), pytest.raises(DeviceBusy):
        GpioGateInputs(fire={"line": 17}).open()


def test_inputs_that_cannot_all_be_had_are_all_given_back() -> None:
    with mock_pins():
        inputs = GpioGateInputs(exit_button={"line": 5}, fire={"line": 17})
        with GpioGateRelay(17):
            with pytest.raises(DeviceBusy):
                inputs.open()
            with GpioGateInputs(loop={"line": 5}):
                pass
        with inputs:
            assert inputs.state() == {GateInput.EXIT_BUTTON: False, GateInput.FIRE: False}


def test_a_spike_is_no_change() -> None:
    with mock_pins() as pins, GpioGateInputs(fire={"line": 5}, loop={"line": 6}, debounce_s=0.5) as inputs:
        pins.pin(5).connect(level=False)
        pins.pin(5).connect(level=True)
        pins.pin(6).connect(level=False)
        change = inputs.wait_for_change(PATIENCE_S)
        assert change is not None
        assert (change.input, change.active) == (GateInput.LOOP, True)
        assert not inputs.state()[GateInput.FIRE]


def test_a_change_without_an_edge_is_found_by_the_next_wait() -> None:
    with mock_pins() as pins, GpioGateInputs(fire={"line": 5}) as inputs:
        pin = pins.pin(5)
        pin.edges = "none"  # the kernel dropped the edge
        pin.connect(level=False)
        change = inputs.wait_for_change(PATIENCE_S)
        assert change is not None
        assert (change.input, change.active) == (GateInput.FIRE, True)


MS = 1_000_000


def test_debouncer_takes_a_level_that_stood() -> None:
    wire = Debouncer(active=False, stable_ns=20 * MS)
    for edge_ms, active in [(100, True), (101, False), (103, True), (104, False), (105, True)]:
        assert wire.settle(edge_ms * MS) is None
        wire.feed(active=active, edge_ns=edge_ms * MS)
    assert wire.due_ns == 125 * MS
    assert wire.settle(125 * MS - 1) is None
    assert wire.settle(125 * MS) == 105 * MS
    assert wire.active
    assert wire.due_ns is None
    assert wire.settle(500 * MS) is None


def test_debouncer_forgets_a_spike_and_reads_late_edges_by_their_own_times() -> None:
    wire = Debouncer(active=False, stable_ns=20 * MS)
    wire.feed(active=True, edge_ns=100 * MS)
    wire.feed(active=False, edge_ns=119 * MS)
    assert wire.settle(1000 * MS) is None
    wire.feed(active=True, edge_ns=1100 * MS)
    # The worker slept through the press: the release tells that it had stood.
    assert wire.settle(1120 * MS) == 1100 * MS
    wire.feed(active=False, edge_ns=1120 * MS)
    assert wire.settle(1140 * MS) == 1120 * MS
    assert not wire.active
