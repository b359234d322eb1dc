"""What stands in a pass: its claims as CBOR.

Claims of RFC 8392: 4 `exp`, 5 `nbf`, 7 `cti` (the pass's id). The private claim -65537 is an array: unit, maximum of
uses or null, lanes or null, number of the kind, and for a recurring pass its hours (`kiosk.domain.weekly_hours.pack`).
Passes of an earlier version end with the lanes; their kind follows from the uses. `nbf` and `exp` are demanded here;
the times themselves are judged by `kiosk.domain.access.decide` against the gate's own clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import cbor2

from kiosk.domain.passes import PassClaims, PassKind, kind_by_uses
from kiosk.domain.weekly_hours import pack, unpack

EXP: Final = 4
NBF: Final = 5
CTI: Final = 7
GRANT: Final = -65537

_KINDS: Final = (PassKind.VISIT, PassKind.SINGLE, PassKind.DAY, PassKind.RECURRING, PassKind.MULTI)
"""By the number that a pass carries: new kinds go to the end."""
_OF_EARLIER_VERSION: Final = 3


def write_claims(claims: PassClaims) -> bytes:
    """The claims as they are signed: deterministic, so that a reprint shows the same code."""
    grant: list[Any] = [
        claims.unit,
        claims.max_uses,
        sorted(claims.lanes) if claims.lanes is not None else None,
        _KINDS.index(claims.kind),
    ]
    if claims.weekly is not None:
        grant.append(pack(claims.weekly))
    return cbor2.dumps(
        {
            EXP: int(claims.not_after.timestamp()),
            NBF: int(claims.not_before.timestamp()),
            CTI: bytes.fromhex(claims.id),
            GRANT: grant,
        },
        canonical=True,
    )


def read_claims(payload: bytes) -> PassClaims:
    """Read what `write_claims` wrote; a signed absurdity raises whatever it leads to."""
    document = cbor2.loads(payload)
    grant = document[GRANT]
    unit, max_uses, lanes = grant[:_OF_EARLIER_VERSION]
    kind = kind_by_uses(max_uses)
    weekly = None
    if len(grant) > _OF_EARLIER_VERSION:
        number, *hours = grant[_OF_EARLIER_VERSION:]
        kind = dict(enumerate(_KINDS))[number]
        if kind is PassKind.RECURRING:
            (packed,) = hours  # a recurring pass without hours would open at any
            weekly = unpack(packed)
    return PassClaims(
        id=document[CTI].hex(),
        unit=unit,
        kind=kind,
        not_before=datetime.fromtimestamp(document[NBF], UTC),
        not_after=datetime.fromtimestamp(document[EXP], UTC),
        max_uses=max_uses,
        lanes=frozenset(lanes) if lanes is not None else None,
        weekly=weekly,
    )
