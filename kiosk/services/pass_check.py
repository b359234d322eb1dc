"""What this gate would say of a code, told without anybody standing at it and without anything being changed.

The gate itself decides by `kiosk.domain.access.decide`, which also knows the lane and who is inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kiosk.clock import Clock
from kiosk.domain.passes import PassClaims, PassStanding, standing_of
from kiosk.errors import NotFound
from kiosk.services.hours import Hours
from kiosk.services.pass_keys import PassKeys, PassReading
from kiosk.services.pass_queries import PassQueries, PassRecord
from kiosk.services.units import UnitService


class PassVerdict(StrEnum):
    """How a code stands here and now; all but GOOD are reasons to refuse it."""

    GOOD = "good"
    NO_PASS = "no-pass"  # noqa: S105 - a QR pass, not a password
    NOT_GENUINE = "not-genuine"
    NOT_ON_RECORD = "not-on-record"
    REVOKED = "revoked"
    ENDED = "ended"
    USED = "used"
    UPCOMING = "upcoming"
    OUTSIDE_HOURS = "outside-hours"


_BY_STANDING: Final = {
    PassStanding.REVOKED: PassVerdict.REVOKED,
    PassStanding.ENDED: PassVerdict.ENDED,
    PassStanding.USED: PassVerdict.USED,
    PassStanding.UPCOMING: PassVerdict.UPCOMING,
}


@dataclass(frozen=True, slots=True)
class PassCheck:
    """What a code is.

    Attributes:
        claims: what it says; None when it is not genuine.
        record: what this gate has on record about it; another gate's pass has none until it is first seen.
    """

    verdict: PassVerdict
    reading: PassReading
    claims: PassClaims | None = None
    record: PassRecord | None = None


class PassChecker:
    """Examines codes. Reads only; safe to use from any thread."""

    def __init__(self, keys: PassKeys, queries: PassQueries, units: UnitService, clock: Clock, hours: Hours) -> None:
        self._keys = keys
        self._queries = queries
        self._units = units
        self._clock = clock
        self._hours = hours

    def check(self, text: str) -> PassCheck:
        """Tell what a code is and how it stands."""
        reading = self._keys.read(text)
        claims = reading.claims
        if not reading.is_pass:
            return PassCheck(PassVerdict.NO_PASS, reading)
        if claims is None:
            return PassCheck(PassVerdict.NOT_GENUINE, reading)
        record = self._find(claims.id)
        if record is not None and record.kid in {b"", reading.kid}:
            return PassCheck(self._verdict(claims, record.standing), reading, claims, record)
        if record is not None or not reading.gate or self._units.get(claims.unit) is None:
            return PassCheck(PassVerdict.NOT_ON_RECORD, reading, claims)
        unseen = standing_of(
            is_revoked=self._queries.is_revoked_elsewhere(claims.id),
            not_before=claims.not_before,
            not_after=claims.not_after,
            uses=0,
            max_uses=claims.max_uses,
            now=self._clock.now(),
        )
        return PassCheck(self._verdict(claims, unseen), reading, claims)

    def _verdict(self, claims: PassClaims, standing: PassStanding) -> PassVerdict:
        if standing is not PassStanding.VALID:
            return _BY_STANDING[standing]
        is_open = claims.weekly is None or self._hours.covers(claims.weekly, self._clock.now())
        return PassVerdict.GOOD if is_open else PassVerdict.OUTSIDE_HOURS

    def _find(self, pass_id: str) -> PassRecord | None:
        try:
            return self._queries.get(pass_id)
        except NotFound:
            return None
