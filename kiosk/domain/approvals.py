"""How a visit came to be let in or turned away: each step with its time, its way, and who took it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """What happened on the way to a decision."""

    ASKED = "asked"  # the host was asked
    UNANSWERED = "unanswered"  # and did not answer in time: the guard decides
    APPROVED = "approved"
    REFUSED = "refused"


class Way(StrEnum):
    """By which way a step was taken."""

    LINK = "link"  # a resident's private page
    PANEL = "panel"
    API = "api"
    PASS = "pass"  # noqa: S105 - an invitation's QR pass, not a password
    BOX = "box"  # nobody: the gate's own clock


HOST_ACTOR: Final = "host"
"""First word of what the journal calls a resident's link; its id follows."""

_WAYS: Final = {"user": Way.PANEL, "api": Way.API, HOST_ACTOR: Way.LINK, "pass": Way.PASS}


def way_of(actor: str) -> Way:
    """The way by which an actor, as the journal names it, decides."""
    return _WAYS.get(actor.partition(" ")[0], Way.BOX)


def name_of(actor: str) -> str:
    """Whom an actor names that is no record's id: an account or a program; else empty."""
    return actor.partition(" ")[2] if way_of(actor) in {Way.PANEL, Way.API} else ""
