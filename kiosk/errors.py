"""What a service refuses to do, as values for every surface alike.

A surface turns these into its own shape (a sentence on a page, the API's error object); it never looks at the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class FieldProblem(StrEnum):
    """What is wrong with one field of the input."""

    REQUIRED = "required"
    NOT_ASKED = "not-asked"
    TOO_LONG = "too-long"
    NOT_ONE_LINE = "not-one-line"
    NOT_A_PHONE = "not-a-phone"
    OUT_OF_RANGE = "out-of-range"
    UNKNOWN_UNIT = "unknown-unit"
    UNKNOWN_LANE = "unknown-lane"
    UNKNOWN_KIND = "unknown-kind"
    NOT_A_UID = "not-a-uid"
    NOT_A_CARD_NUMBER = "not-a-card-number"
    NOT_ONE_CARD = "not-one-card"  # a number that several cards share
    UNKNOWN_PROFILE = "unknown-profile"
    NOT_A_DAY = "not-a-day"
    IN_THE_PAST = "in-the-past"
    ENDS_BEFORE_START = "ends-before-start"
    NOT_A_PICTURE = "not-a-picture"
    NOT_AN_ADDRESS = "not-an-address"
    NOT_EVENTS = "not-events"
    NOT_OF_KIND = "not-of-kind"
    LASTS_TOO_LONG = "lasts-too-long"
    NOT_ITS_MIDNIGHT = "not-its-midnight"
    NEVER_OPENS = "never-opens"
    NOT_HOURS = "not-hours"
    NOT_A_KEY_SET = "not-a-key-set"
    NOT_A_CHANNEL = "not-a-channel"
    NOT_A_SECRET = "not-a-secret"  # noqa: S105 - what is wrong with one
    NOT_A_TIME = "not-a-time"
    OVERLAPPING = "overlapping"
    NOBODY_NAMED = "nobody-named"
    TAKEN = "taken"
    NOT_A_USERNAME = "not-a-username"
    WEAK_PASSWORD = "weak-password"  # noqa: S105 - what is wrong with one
    NOT_A_PIN = "not-a-pin"
    WEAK_PIN = "weak-pin"
    PINS_ALIKE = "pins-alike"
    NOT_A_DOCUMENT = "not-a-document"
    WRONG_CHECK_DIGIT = "wrong-check-digit"


class Refusal(Exception):
    """A request that was understood and is not done. Nothing has changed.

    Attributes:
        code: stable machine-readable word.
        fields: for bad input, each field at fault with what is wrong with it.
    """

    def __init__(self, code: str, message: str, fields: Mapping[str, FieldProblem] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})


class Invalid(Refusal):
    """The input cannot be used; `fields` has a `FieldProblem` for each field at fault."""

    def __init__(self, fields: Mapping[str, FieldProblem]) -> None:
        super().__init__("invalid", "Some of the input cannot be used.", fields)


class NotFound(Refusal):
    """There is no such thing."""

    def __init__(self, what: str) -> None:
        super().__init__("not-found", f"There is no such {what}.")


class Conflict(Refusal):
    """The thing is not in a state in which this can be done, or somebody else was faster."""


class Unavailable(Refusal):
    """A device that is needed is not well."""
