"""Anti-passback: a card that has just let somebody in is not handed back over the fence to let in the next.

Three scopes, each off, soft (let through, and the guard is told) or hard (refused): the same card again at the same
lane within a time; a card whose holder is inside, on the way in; a card whose holder is outside, on the way out. Where
a holder is, is known from the last passage through a lane of the zone. A card without one is not known to be
anywhere and is let through either way: so begins every card, and so does one that was forgiven.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class PassbackMode(StrEnum):
    """What becomes of a card that is passed back."""

    OFF = "off"
    SOFT = "soft"  # let through, and told
    HARD = "hard"


class PassbackScope(StrEnum):
    """By what a card is taken to have been passed back."""

    TIMED = "timed"  # again at this lane, too soon
    ENTERING = "entering"  # its holder is inside
    LEAVING = "leaving"  # its holder is outside


@dataclass(frozen=True, slots=True)
class PassbackPolicy:
    """What a lane does about each scope; `timed_s` is how long the same card is too soon."""

    timed: PassbackMode = PassbackMode.OFF
    timed_s: float = 0.0
    entering: PassbackMode = PassbackMode.OFF
    leaving: PassbackMode = PassbackMode.OFF

    def mode(self, scope: PassbackScope) -> PassbackMode:
        """What it does about one scope."""
        modes = {
            PassbackScope.TIMED: self.timed,
            PassbackScope.ENTERING: self.entering,
            PassbackScope.LEAVING: self.leaving,
        }
        return modes[scope]


NO_PASSBACK: Final = PassbackPolicy()


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What the last passages of a card say.

    Attributes:
        is_inside: its holder is within the lane's zone; None when nobody knows.
        since: since when; None when nobody knows.
        last_here: when it last passed through this lane; None when it never did.
    """

    is_inside: bool | None = None
    since: datetime | None = None
    last_here: datetime | None = None


NOWHERE: Final = Whereabouts()


def scope_of(where: Whereabouts, policy: PassbackPolicy, now: datetime, *, is_entering: bool) -> PassbackScope | None:
    """By which scope a card is passed back, None when it is not; a hard scope goes before a soft one."""
    if policy is NO_PASSBACK or where == NOWHERE:
        return None
    found = [scope for scope in PassbackScope if _applies(scope, where, policy, now, is_entering=is_entering)]
    hard = [scope for scope in found if policy.mode(scope) is PassbackMode.HARD]
    return next(iter(hard or found), None)


def _applies(
    scope: PassbackScope, where: Whereabouts, policy: PassbackPolicy, now: datetime, *, is_entering: bool
) -> bool:
    if policy.mode(scope) is PassbackMode.OFF:
        return False
    if scope is PassbackScope.TIMED:
        # A clock set back makes the last passage lie ahead: that is too soon as well.
        return where.last_here is not None and now < where.last_here + timedelta(seconds=policy.timed_s)
    if scope is PassbackScope.ENTERING:
        return is_entering and where.is_inside is True
    return not is_entering and where.is_inside is False
