"""A lane's self-test: what is looked at, step by step, and what comes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Step(StrEnum):
    """What is looked at, in the order in which a guard reads it."""

    RELAY = "relay"  # the barrier's own relay; it is not energised
    INPUTS = "inputs"
    READER = "reader"
    CAMERA = "camera"
    DECODER = "decoder"
    LANE = "lane"  # the lane's worker takes a test credential out of its inbox
    DECISION = "decision"
    STORE = "store"
    PULSE = "pulse"  # given to the loop-back relay
    CONTACT = "contact"  # of the loop-back relay


class Result(StrEnum):
    """What came of a step."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"  # the lane has no such device
    SKIPPED = "skipped"  # a step before it failed


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step. `code` says what is wrong, where something is; `took_ms` only where a time tells something."""

    step: Step
    result: Result
    code: str = ""
    took_ms: float | None = None

    def as_record(self) -> dict[str, Any]:
        """The step as JSON."""
        return {"step": self.step.value, "result": self.result.value, "code": self.code, "took_ms": self.took_ms}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> StepResult:
        """Read what `as_record` wrote.

        Raises:
            ValueError: it is of another version of this program.
        """
        return cls(Step(record["step"]), Result(record["result"]), record["code"], record["took_ms"])


@dataclass(frozen=True, slots=True)
class SelfTestReport:
    """What a self-test found. `is_recorded` False: it could not be put on record, and is known until the next start."""

    id: str
    lane: str
    actor: str
    begun_at: datetime
    steps: tuple[StepResult, ...]
    is_recorded: bool = True

    @property
    def passed(self) -> bool:
        """Whether everything that the lane has is in order."""
        return self.is_recorded and all(one.result in {Result.PASSED, Result.ABSENT} for one in self.steps)

    @property
    def faults(self) -> dict[Step, str]:
        """The code of each step that failed."""
        return {one.step: one.code for one in self.steps if one.result is Result.FAILED}

    @property
    def path_ms(self) -> float | None:
        """How long the test credential took to the loop-back relay; None when it did not get there."""
        return next((one.took_ms for one in self.steps if one.step is Step.PULSE), None)
