"""What comes into a lane's inbox."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from hardware.interfaces import GateInput, InputChanged
from kiosk.domain.alarms import AlarmKind
from kiosk.services.card_watch import CardTapped
from kiosk.services.errands import Errand
from kiosk.services.gate import PulseResult
from kiosk.services.openings import Opening, Outcome
from kiosk.services.qr_watch import QrPresented


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A guard's or a program's wish to open a lane. After `deadline_ns` (monotonic) it is dropped."""

    actor: str
    reason: str
    deadline_ns: int
    answer: Future[Outcome]


@dataclass(frozen=True, slots=True)
class InputsFound:
    """The inputs have come into sight, and this is how they are: what was so before is not news."""

    states: Mapping[GateInput, bool]
    found_ns: int


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """Somebody else has seen what this lane's worker is to raise an alarm about."""

    kind: AlarmKind


@dataclass(frozen=True, slots=True)
class GateMoved:
    """What became of an opening. `presented`: what it was opened for, when that was held up at this lane."""

    opening: Opening
    result: PulseResult
    presented: CardTapped | QrPresented | None


@dataclass(frozen=True, slots=True)
class ExitButtonPulse:
    """What became of a pulse that somebody inside has asked for by hand."""

    result: PulseResult


@dataclass(frozen=True, slots=True)
class End:
    """The last event: everything before it has been seen to."""


Asking = CardTapped | QrPresented | OpenCommand | Errand
"""What may lead to a decision. A lane that is leaving takes none any more."""
LaneEvent = Asking | InputsFound | AlarmSeen | InputChanged | GateMoved | ExitButtonPulse | End
