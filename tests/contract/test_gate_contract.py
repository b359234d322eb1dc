"""What every gate relay and every set of gate inputs does, simulated or real: one suite, run against each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from gpiozero.pins.mock import MockFactory

from hardware.drivers.gpio_gate import GpioGateInputs, GpioGateRelay
from hardware.errors import DeviceBusy, DeviceClosed, DeviceUnavailable
from hardware.interfaces import GateInput, GateInputs, GateRelay, InputChanged, RelayState
from hardware.simulated.gate import SimulatedGateInputs, SimulatedGateRelay
from tests.support.gpio import levels, mock_pins

PATIENCE_S = 30.0
"""Only a hang lasts this long."""


class RelayContract:
    """Inherited by each backend, which provides `relay` and says how its contact moved."""

    @pytest.fixture
    def relay(self) -> Iterator[GateRelay]:
        raise NotImplementedError

    def contact_history(self, relay: GateRelay) -> list[bool]:
        """Every state of the contact since before `open()`, True for energised."""
        raise NotImplementedError

    def break_release(self, relay: GateRelay) -> None:
        """Let the contact refuse to open until `mend()`."""
        raise NotImplementedError

    def mend(self, relay: GateRelay) -> None:
        raise NotImplementedError

    def test_opens_released(self, relay: GateRelay) -> None:
        assert relay.state() is RelayState.CLOSED
        with relay:
            relay.open()  # once more does nothing
            assert relay.state() is RelayState.RELEASED
            relay.check()
        assert relay.state() is RelayState.CLOSED
        assert True not in self.contact_history(relay)

    def test_pulses_once_and_tells_when(self, relay: GateRelay) -> None:
        seen: list[tuple[int, RelayState]] = []
        with relay:
            relay.pulse(0.01, on_energised=lambda ns: seen.append((ns, relay.state())))
            assert relay.state() is RelayState.RELEASED
        assert [state for _, state in seen] == [RelayState.ENERGISED]
        assert self.contact_history(relay) == [False, True, False]

    @pytest.mark.parametrize("duration_s", [0, -1, 10.01, float("nan"), float("inf")])
    def test_refuses_a_pulse_out_of_bounds(self, relay: GateRelay, duration_s: float) -> None:
        with relay:
            with pytest.raises(ValueError, match="pulse"):
                relay.pulse(duration_s)
            assert True not in self.contact_history(relay)

    def test_refuses_a_second_pulse_while_one_runs(self, relay: GateRelay) -> None:
        with relay, ThreadPoolExecutor() as pool:
            energised = threading.Event()
            first = pool.submit(relay.pulse, 10, on_energised=lambda _: energised.set())
            assert energised.wait(PATIENCE_S)
            with pytest.raises(DeviceBusy):
                relay.pulse(0.01)
            assert relay.state() is RelayState.ENERGISED
            relay.close()
            with pytest.raises(DeviceClosed):
                first.result(PATIENCE_S)
        assert self.contact_history(relay) == [False, True, False]

    def test_close_releases_before_it_returns(self, relay: GateRelay) -> None:
        relay.open()
        with ThreadPoolExecutor() as pool:
            energised = threading.Event()
            pulse = pool.submit(relay.pulse, 10, on_energised=lambda _: energised.set())
            assert energised.wait(PATIENCE_S)
            relay.close()
            assert self.contact_history(relay) == [False, True, False]
            assert relay.state() is RelayState.CLOSED
            with pytest.raises(DeviceClosed):
                pulse.result(PATIENCE_S)
        relay.close()

    @pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, RuntimeError])
    def test_releases_when_the_pulse_is_interrupted(self, relay: GateRelay, raised: type[BaseException]) -> None:
        def interrupt(_: int) -> None:
            raise raised

        with relay:
            with pytest.raises(raised):
                relay.pulse(10, on_energised=interrupt)
            assert relay.state() is RelayState.RELEASED
            assert self.contact_history(relay) == [False, True, False]
            relay.pulse(0.01)

    def test_is_not_used_closed(self, relay: GateRelay) -> None:
        with pytest.raises(DeviceClosed):
            relay.pulse(0.01)
        with pytest.raises(DeviceClosed):
            relay.check()
        relay.open()
        relay.close()
        with pytest.raises(DeviceClosed):
            relay.pulse(0.01)

    def test_works_again_after_it_was_closed(self, relay: GateRelay) -> None:
        for _ in range(3):
            with relay:
                relay.pulse(0.01)
        assert self.contact_history(relay) == [False, True, False, True, False, True, False]

    def test_a_failed_release_is_stuck_until_opened_anew(self, relay: GateRelay) -> None:
        with relay:
            with pytest.raises(DeviceUnavailable) as caught:
                relay.pulse(0.01, on_energised=lambda _: self.break_release(relay))
            assert caught.value.vendor_reason
            assert relay.state() is RelayState.STUCK
            with pytest.raises(DeviceUnavailable):
                relay.check()
            with pytest.raises(DeviceUnavailable):
                relay.pulse(0.01)
        assert relay.state() is RelayState.STUCK
        self.mend(relay)
        with relay:
            assert relay.state() is RelayState.RELEASED
            relay.pulse(0.01)
        assert self.contact_history(relay) == [False, True, False, True, False]

    def test_holds_until_it_is_ended(self, relay: GateRelay) -> None:
        with relay:
            relay.hold()
            relay.hold()  # once more does nothing
            assert relay.state() is RelayState.HELD
            relay.check()
            assert self.contact_history(relay) == [False, True]
            relay.end_hold()
            relay.end_hold()
            assert relay.state() is RelayState.RELEASED
            assert self.contact_history(relay) == [False, True, False]
            relay.pulse(0.01)
        assert self.contact_history(relay) == [False, True, False, True, False]

    def test_a_pulse_during_a_hold_tells_its_time_and_releases_nothing(self, relay: GateRelay) -> None:
        told: list[int] = []
        with relay:
            relay.hold()
            relay.pulse(0.01, on_energised=told.append)
            assert len(told) == 1
            assert relay.state() is RelayState.HELD
            assert self.contact_history(relay) == [False, True]

    def test_a_hold_takes_over_from_a_pulse(self, relay: GateRelay) -> None:
        with relay:
            relay.pulse(0.01, on_energised=lambda _: relay.hold())
            assert relay.state() is RelayState.HELD
            assert self.contact_history(relay) == [False, True]

    def test_a_hold_that_ends_within_a_pulse_leaves_the_rest_to_it(self, relay: GateRelay) -> None:
        states: list[RelayState] = []

        def end(_: int) -> None:
            relay.end_hold()
            states.append(relay.state())

        with relay:
            relay.hold()
            relay.pulse(0.01, on_energised=end)
            assert states == [RelayState.ENERGISED]
            assert relay.state() is RelayState.RELEASED
        assert self.contact_history(relay) == [False, True, False]

    def test_close_ends_a_hold_for_good(self, relay: GateRelay) -> None:
        with relay:
            relay.hold()
        assert self.contact_history(relay) == [False, True, False]
        with pytest.raises(DeviceClosed):
            relay.hold()
        relay.end_hold()
        with relay:
            assert relay.state() is RelayState.RELEASED
            relay.pulse(0.01)
        assert self.contact_history(relay) == [False, True, False, True, False]

    def test_a_hold_whose_release_fails_is_stuck(self, relay: GateRelay) -> None:
        with relay:
            relay.hold()
            self.break_release(relay)
            with pytest.raises(DeviceUnavailable):
                relay.end_hold()
            assert relay.state() is RelayState.STUCK
            with pytest.raises(DeviceUnavailable):
                relay.hold()
        self.mend(relay)
        with relay:
            assert relay.state() is RelayState.RELEASED


class TestSimulatedRelay(RelayContract):
    @pytest.fixture
    def relay(self) -> Iterator[SimulatedGateRelay]:
        relay = SimulatedGateRelay()
        yield relay
        relay.close()

    def contact_history(self, relay: GateRelay) -> list[bool]:
        assert isinstance(relay, SimulatedGateRelay)
        history = [False]
        for pulse in relay.pulses:
            history.append(True)
            if pulse.released_ns is not None:
                assert pulse.released_ns >= pulse.energised_ns
                history.append(False)
        return history

    def break_release(self, relay: GateRelay) -> None:
        assert isinstance(relay, SimulatedGateRelay)
        relay.fail_release()

    def mend(self, relay: GateRelay) -> None:
        """Opening mends a simulated contact."""

    def test_unplugging_opens_the_contact_and_breaks_the_opening(self, relay: SimulatedGateRelay) -> None:
        with relay, ThreadPoolExecutor() as pool:
            energised = threading.Event()
            pulse = pool.submit(relay.pulse, 10, on_energised=lambda _: energised.set())
            assert energised.wait(PATIENCE_S)
            relay.unplug()
            assert relay.unplugged
            assert self.contact_history(relay) == [False, True, False]
            with pytest.raises(DeviceUnavailable) as caught:
                pulse.result(PATIENCE_S)
            assert not isinstance(caught.value, DeviceClosed)
            assert relay.state() is RelayState.CLOSED
            with pytest.raises(DeviceUnavailable):
                relay.check()
        with pytest.raises(DeviceUnavailable):
            relay.open()
        relay.replug()
        with relay:
            relay.pulse(0.01)

    def test_remembers_the_last_thousand_pulses(self, relay: SimulatedGateRelay) -> None:
        with relay:
            for _ in range(1001):
                relay.pulse(1e-6)
        assert len(relay.pulses) == 1000


class GpioRelayContract(RelayContract):
    """The real driver on gpiozero's mock pins."""

    active_high: bool

    @pytest.fixture
    def pins(self) -> Iterator[MockFactory]:
        with mock_pins() as factory:
            yield factory

    @pytest.fixture
    def relay(self, pins: MockFactory) -> Iterator[GpioGateRelay]:
        self.pin = pins.pin(17)
        # The board's own resistor holds the line released before anything drives it.
        if not self.active_high:
            self.pin.drive_high()
        self.pin.clear_states()
        relay = GpioGateRelay(17, active_high=self.active_high)
        yield relay
        relay.close()

    def contact_history(self, _relay: GateRelay) -> list[bool]:
        return [level == self.active_high for level in levels(self.pin)]

    def break_release(self, _relay: GateRelay) -> None:
        self.pin.refused_states = frozenset({not self.active_high})

    def mend(self, _relay: GateRelay) -> None:
        self.pin.refused_states = frozenset()


class TestGpioRelayActiveHigh(GpioRelayContract):
    active_high = True


class TestGpioRelayActiveLow(GpioRelayContract):
    active_high = False


class InputsContract:
    """Inherited by each backend, which provides `inputs` and a hand to press them."""

    @pytest.fixture
    def inputs(self) -> Iterator[GateInputs]:
        raise NotImplementedError

    def press(self, inputs: GateInputs, gate_input: GateInput, *, active: bool) -> None:
        raise NotImplementedError

    def test_tells_the_states_found_and_calls_none_of_them_news(self, inputs: GateInputs) -> None:
        self.press(inputs, GateInput.FIRE, active=True)
        with inputs:
            inputs.open()  # once more does nothing
            assert inputs.state() == {
                GateInput.EXIT_BUTTON: False, GateInput.CONTACT: False, GateInput.FIRE: True, GateInput.LOOP: False,
            }  # fmt: skip
            assert inputs.wait_for_change(0.05) is None

    def test_queues_changes_in_order(self, inputs: GateInputs) -> None:
        expected = [
            (GateInput.EXIT_BUTTON, True), (GateInput.LOOP, True), (GateInput.EXIT_BUTTON, False),
            (GateInput.CONTACT, True), (GateInput.FIRE, True), (GateInput.FIRE, False),
        ]  # fmt: skip
        seen: list[InputChanged] = []
        with inputs:
            for gate_input, active in expected:
                self.press(inputs, gate_input, active=active)
                change = inputs.wait_for_change(PATIENCE_S)
                assert change is not None
                seen.append(change)
            assert inputs.state()[GateInput.LOOP]
            assert not inputs.state()[GateInput.EXIT_BUTTON]
        assert [(change.input, change.active) for change in seen] == expected
        assert [change.changed_ns for change in seen] == sorted(change.changed_ns for change in seen)

    def test_several_inputs_change_before_anybody_asks(self, inputs: GateInputs) -> None:
        order = [GateInput.LOOP, GateInput.FIRE, GateInput.EXIT_BUTTON]
        with inputs:
            for gate_input in order:
                self.press(inputs, gate_input, active=True)
            changes = [inputs.wait_for_change(PATIENCE_S) for _ in order]
        assert [change.input for change in changes if change is not None] == order

    def test_close_interrupts_a_wait(self, inputs: GateInputs) -> None:
        inputs.open()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(inputs.wait_for_change, PATIENCE_S * 10)
            inputs.close()
            with pytest.raises(DeviceClosed):
                waiting.result(PATIENCE_S)
        inputs.close()

    def test_is_not_used_closed(self, inputs: GateInputs) -> None:
        with pytest.raises(DeviceClosed):
            inputs.state()
        with pytest.raises(DeviceClosed):
            inputs.wait_for_change(0)

    def test_forgets_changes_of_the_last_opening(self, inputs: GateInputs) -> None:
        with inputs:
            self.press(inputs, GateInput.FIRE, active=True)
        with inputs:
            assert inputs.state()[GateInput.FIRE]
            assert inputs.wait_for_change(0.05) is None
            self.press(inputs, GateInput.FIRE, active=False)
            change = inputs.wait_for_change(PATIENCE_S)
            assert change is not None
            assert not change.active


class TestSimulatedInputs(InputsContract):
    @pytest.fixture
    def inputs(self) -> Iterator[SimulatedGateInputs]:
        inputs = SimulatedGateInputs()
        yield inputs
        inputs.close()

    def press(self, inputs: GateInputs, gate_input: GateInput, *, active: bool) -> None:
        assert isinstance(inputs, SimulatedGateInputs)
        inputs.set(gate_input, active)

    def test_setting_what_is_so_already_is_no_change(self, inputs: SimulatedGateInputs) -> None:
        with inputs:
            inputs.set(GateInput.FIRE, active=False)
            assert inputs.wait_for_change(0) is None

    def test_has_only_the_inputs_that_are_wired(self) -> None:
        with SimulatedGateInputs(fire=False, loop=False) as inputs:
            assert set(inputs.state()) == {GateInput.EXIT_BUTTON, GateInput.CONTACT}
            with pytest.raises(KeyError):
                inputs.set(GateInput.FIRE, active=True)

    def test_unplugging_wakes_a_wait(self, inputs: SimulatedGateInputs) -> None:
        inputs.open()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(inputs.wait_for_change, PATIENCE_S * 10)
            inputs.unplug()
            with pytest.raises(DeviceUnavailable):
                waiting.result(PATIENCE_S)
        inputs.close()
        with pytest.raises(DeviceUnavailable):
            inputs.open()
        inputs.replug()
        with inputs:
            assert inputs.wait_for_change(0) is None


class TestGpioInputs(InputsContract):
    """The real driver on gpiozero's mock pins, each input wired another way."""

    LINES: ClassVar = {GateInput.EXIT_BUTTON: 5, GateInput.CONTACT: 6, GateInput.FIRE: 13, GateInput.LOOP: 19}
    ACTIVE_IS_HIGH: ClassVar = {
        GateInput.EXIT_BUTTON: False,  # closes to ground
        GateInput.CONTACT: True,  # closes to 3.3 V
        GateInput.FIRE: True,  # opens from ground
        GateInput.LOOP: False,  # opens from 3.3 V
    }

    @pytest.fixture
    def inputs(self) -> Iterator[GpioGateInputs]:
        with mock_pins() as self.pins:
            inputs = GpioGateInputs(
                exit_button={"line": 5},
                contact={"line": 6, "pull": "down"},
                fire={"line": 13, "normally": "closed"},
                loop={"line": 19, "normally": "closed", "pull": "down"},
            )
            for gate_input in GateInput:
                self.press(inputs, gate_input, active=False)
            yield inputs
            inputs.close()

    def press(self, _inputs: GateInputs, gate_input: GateInput, *, active: bool) -> None:
        self.pins.pin(self.LINES[gate_input]).connect(level=active == self.ACTIVE_IS_HIGH[gate_input])
