"""A lane: one worker, through whose inbox everything that happens there passes.

Two taps can therefore never race, and a lane whose worker has died is seen by the watchdog. What must not
wait for anything, the exit button, goes straight to the gate and is journalled afterwards.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from hardware.interfaces import CardPresented, GateInput, InputChanged
from kiosk.config import LaneSettings
from kiosk.domain.access import Code, CredentialKind, LaneFacts
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.contact import ContactWatch
from kiosk.domain.interlock import Interlock
from kiosk.services.admission import OPEN_WITHIN_NS, Admission, Admitted, AtLane
from kiosk.services.alarms import raise_within
from kiosk.services.card_watch import CardTapped
from kiosk.services.errands import Errand
from kiosk.services.gate import Gate, PulseResult
from kiosk.services.lane_events import (
    AlarmSeen,
    Asking,
    End,
    ExitButtonPulse,
    GateMoved,
    InputsFound,
    LaneEvent,
    OpenCommand,
)
from kiosk.services.openings import (
    Opening,
    OpeningCause,
    Outcome,
    decide_to_open,
    record_outcome,
)
from kiosk.services.qr_watch import QrPresented
from kiosk.services.repeats import Repeats
from kiosk.store.database import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

INBOX_LENGTH: Final = 64
_OUTCOMES_LENGTH: Final = 960
"""Room kept for what the gate did: it has happened, so it is not lost because people press and hold up more."""
BEAT_S: Final = 1.0

HearCard = Callable[[str, CardTapped], bool]
"""Tells whether a card at a lane, by its name, is for somebody else than the lane. Such a card opens nothing."""

HearCode = Callable[[str], Callable[[str], None] | None]
"""Who else than admission a code held up may be meant for: given its text, what to call with the lane's name.

None: it is a pass, or wants to be one. What is called tells somebody of the code and opens nothing.
"""


class Lane:
    """One way through the gate. `post` may be called from any thread; all else happens in the lane's worker."""

    def __init__(
        self,
        name: str,
        settings: LaneSettings,
        store: Store,
        admission: Admission,
        *,
        interlock: Interlock,
        note_time: Callable[[str, CredentialKind, int], None],
        hear_code: HearCode,
        hear_card: HearCard,
    ) -> None:
        """Make the lane; `note_time` is told how many nanoseconds each card or code took to the relay."""
        self.name = name
        self.settings = settings
        self.facts = LaneFacts(name, settings.direction)
        self.gate = Gate(name, settings.pulse_s, settings.vehicle_s, interlock)
        self._interlock = interlock
        self._store = store
        self._admission = admission
        self._note_time = note_time
        self._hear_code = hear_code
        self._hear_card = hear_card
        self._contact = ContactWatch(settings.held_s)
        self._due: set[AlarmKind] = set()  # beside the contact's
        self._inbox: queue.Queue[LaneEvent] = queue.Queue(INBOX_LENGTH + _OUTCOMES_LENGTH)
        self._leaving = False
        self._thread = threading.Thread(target=self._run, name=f"lane {name}", daemon=True)
        self._beat_s = time.monotonic()
        self._repeats = Repeats()
        self._answers: dict[str, Future[Outcome]] = {}
        self._handlers: Mapping[type, Callable[[Any], None]] = {
            CardTapped: self._card,
            QrPresented: self._code,
            InputsFound: self._inputs_found,
            AlarmSeen: self._alarm_seen,
            InputChanged: self._input,
            OpenCommand: self._command,
            GateMoved: self._gate_moved,
            ExitButtonPulse: self._exit_button_pulse,
        }
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the lane could not do its last piece of work; empty when it could. For the health page."""
        return self._trouble

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def let_go(self) -> None:
        """From now on decide nothing more, and only record what becomes of what was decided. Does not wait."""
        self._leaving = True
        self.gate.wake()

    def stop(self, timeout_s: float) -> bool:
        """Record what is left and end the worker; False when it did not end in time."""
        self.let_go()
        if self._thread.ident is None:
            return True
        deadline_s = time.monotonic() + timeout_s
        try:
            self._inbox.put(End(), timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(max(0.0, deadline_s - time.monotonic()))
        return not self._thread.is_alive()

    def is_alive(self, within_s: float) -> bool:
        """Tell whether the worker's loop has turned within this time."""
        return time.monotonic() - self._beat_s < within_s

    def post(self, event: LaneEvent) -> None:
        """Put an event into the inbox. A full inbox loses it with a line in the log: the gate stays closed.

        The exit button needs no inbox: it goes to the gate at once.
        """
        if isinstance(event, InputsFound):
            self.gate.note_loop(is_occupied=event.states.get(GateInput.LOOP, False))
        elif isinstance(event, InputChanged) and event.input is GateInput.LOOP:
            self.gate.note_loop(is_occupied=event.active)
        if isinstance(event, InputChanged) and event.input is GateInput.EXIT_BUTTON and event.active:
            self.gate.submit(
                event.changed_ns + OPEN_WITHIN_NS,
                lambda result: self.post(ExitButtonPulse(result)),
                waits_for_nothing=True,
            )
        try:
            if isinstance(event, Asking | InputChanged) and self._inbox.qsize() >= INBOX_LENGTH:
                raise queue.Full
            self._inbox.put_nowait(event)
        except queue.Full:
            log.critical("lane %s: inbox full, %s lost", self.name, type(event).__name__)
            _decline(event)

    def alarm(self, kind: AlarmKind) -> None:
        """Have an alarm of this lane raised by its worker; does not wait."""
        self.post(AlarmSeen(kind))

    def pulse(self, opening: Opening, presented: CardTapped | QrPresented | None = None) -> None:
        """Give the gate a committed opening; its outcome is recorded by the lane's worker."""
        self.gate.submit(opening.deadline_ns, lambda result: self.post(GateMoved(opening, result, presented)))

    def do(self, work: Callable[[], T]) -> Future[T]:
        """Have the worker do something for a self-test, once nobody at the gate waits; does not wait.

        The answer is cancelled when the inbox is full or the lane leaves.
        """
        errand = Errand(work)
        self.post(errand)
        return errand.answer

    def _run(self) -> None:
        while True:
            self._beat_s = time.monotonic()
            if self._inbox.empty():  # else what it says of the gate may be old
                self._raise_alarms()
            try:
                event = self._inbox.get(timeout=BEAT_S)
            except queue.Empty:
                continue
            self._beat_s = time.monotonic()
            if isinstance(event, End):
                return
            if self._leaving and isinstance(event, Asking):
                _decline(event)
                continue
            if isinstance(event, Errand):
                if self._inbox.empty() or event.answer.cancelled():
                    event.run()
                else:
                    self.post(event)  # people first
                continue
            try:
                self._handlers[type(event)](event)
                self._trouble = ""
            except Exception as error:
                # A full disk or a bug: the gate stays closed, the lane lives, and the health page says so.
                log.exception("lane %s: %s not handled", self.name, type(event).__name__)
                self._trouble = f"{type(event).__name__} not handled: {type(error).__name__}"
                self._give_up(event)

    def _give_up(self, event: LaneEvent) -> None:
        """Say to whoever waits for it that an event came to nothing."""
        if isinstance(event, OpenCommand) and not event.answer.done():
            event.answer.set_result(Outcome.FAILED)
        if isinstance(event, CardTapped | QrPresented):
            self._beat_s = time.monotonic()
            try:
                self._refuse_in_doubt(event)
            except Exception:
                log.exception("lane %s: nor could that be journalled", self.name)

    def _refuse_in_doubt(self, event: CardTapped | QrPresented) -> None:
        self._admission.refuse_in_doubt(self.facts, event.kind)

    def _is_late(self, event: CardTapped | QrPresented) -> bool:
        """Tell whether the gate could no longer open for it: a use of a pass must not be spent on that."""
        return time.monotonic_ns() > event.presented_ns + OPEN_WITHIN_NS

    def _card(self, event: CardTapped) -> None:
        card = event.card
        if card.was_lying:
            # The reader has just been opened, perhaps again: a card forgotten on it asks for nothing.
            log.info("lane %s: a card lay on the reader when it was opened", self.name)
            return
        if self._hear_card(self.name, event):
            return
        credential = f"card {card.uid.hex()}" if isinstance(card, CardPresented) else "unreadable card"
        self._present(event, credential, lambda at: self._admission.present_card(at, event))

    def _code(self, event: QrPresented) -> None:
        credential = f"code {event.text}"
        tell = self._hear_code(event.text)
        if tell is None:
            self._present(event, credential, lambda at: self._admission.present_code(at, event))
        elif not self._repeats.is_repeat(credential, event.presented_ns):
            tell(self.name)

    def _present(self, event: CardTapped | QrPresented, credential: str, decide: Callable[[AtLane], Admitted]) -> None:
        is_repeat = self._repeats.is_repeat(credential, event.presented_ns)
        if not is_repeat and self._is_late(event):
            self._refuse_in_doubt(event)
            return
        admitted = decide(AtLane(self.name, is_repeat=is_repeat, is_held_open=self.gate.is_held))
        if admitted.decision.code is Code.TRY_AGAIN:
            self._repeats.forget()
        if admitted.opening is not None:
            self.pulse(admitted.opening, event)

    def _inputs_found(self, event: InputsFound) -> None:
        if GateInput.CONTACT in event.states:
            is_open = event.states[GateInput.CONTACT]
            self._contact.found(is_open=is_open, now_ns=event.found_ns)
            self._interlock.contact(self.name, is_open=is_open)

    def _input(self, event: InputChanged) -> None:
        if event.input is GateInput.CONTACT:
            self._allow_held_open(event.changed_ns)
            self._contact.changed(is_open=event.active, at_ns=event.changed_ns)
            self._interlock.contact(self.name, is_open=event.active)
        with self._store.write() as transaction:
            transaction.record(
                f"lane {self.name}",
                "input.changed",
                {"lane": self.name, "input": event.input.value, "active": event.active},
            )

    def _command(self, command: OpenCommand) -> None:
        payload = {"lane": self.name, "reason": command.reason}
        with self._store.write() as transaction:
            if time.monotonic_ns() > command.deadline_ns:
                transaction.record(command.actor, "gate.late", {**payload, "cause": OpeningCause.COMMAND.value})
                opening = None
            else:
                opening = decide_to_open(transaction, self.name, OpeningCause.COMMAND, command.deadline_ns)
                transaction.record(command.actor, "gate.commanded", {**payload, "opening": opening.id})
        if opening is None:
            command.answer.set_result(Outcome.LATE)
            return
        self._answers[opening.id] = command.answer
        self.pulse(opening)

    def _raise_alarms(self) -> None:
        """Raise what is due. What cannot be written stays due for the next turn."""
        now_ns = time.monotonic_ns()
        self._allow_held_open(now_ns)
        if self.gate.take_vehicle_alarm():
            self._due.add(AlarmKind.VEHICLE)
        for kind in self._due | self._contact.due(now_ns):
            try:
                with self._store.write() as transaction:
                    raise_within(transaction, kind, self.name)
            except Exception as error:
                log.exception("lane %s: alarm %s not raised", self.name, kind.value)
                self._trouble = f"alarm not raised: {type(error).__name__}"
                return
            self._due.discard(kind)
            self._contact.told(kind)
            self._trouble = ""

    def _alarm_seen(self, event: AlarmSeen) -> None:
        self._due.add(event.kind)

    def _allow_held_open(self, now_ns: int) -> None:
        """A gate that is held open for a fire or a vehicle may stand so: that is a pulse without an end."""
        if self.gate.is_held or self.gate.waits_for_vehicle:
            self._contact.pulsed(now_ns)

    def _note_pulse(self, result: PulseResult) -> None:
        if result.energised_ns is not None:
            self._contact.pulsed(result.energised_ns)

    def _gate_moved(self, event: GateMoved) -> None:
        self._note_pulse(event.result)
        if event.presented is not None and event.result.energised_ns is not None:
            took_ns = event.result.energised_ns - event.presented.presented_ns
            self._note_time(self.name, event.presented.kind, took_ns)
        answer = self._answers.pop(event.opening.id, None)
        try:
            record_outcome(
                self._store, event.opening, event.result.outcome, event.result.detail, self._admission.take_back
            )
        finally:
            # After the record, so that what is told is on the disk; without one all the same, for it has happened.
            if answer is not None:
                answer.set_result(event.result.outcome)

    def _exit_button_pulse(self, event: ExitButtonPulse) -> None:
        self._note_pulse(event.result)
        with self._store.write() as transaction:
            transaction.record(
                f"lane {self.name}",
                f"gate.{event.result.outcome.value}",
                {"lane": self.name, "cause": OpeningCause.EXIT_BUTTON.value, **event.result.detail},
            )


def _decline(event: LaneEvent) -> None:
    """Say to whoever waits for it that an event is not seen to."""
    if isinstance(event, OpenCommand):
        event.answer.set_result(Outcome.FAILED)
    elif isinstance(event, Errand):
        event.answer.cancel()
