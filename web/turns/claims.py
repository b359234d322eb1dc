"""Whose goods somebody may collect: by a card or pass that the gate has just found good, or by the code that was sent.

The browser never says which credential it was: the decision stands in the journal.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from kiosk.appliance import Appliance
from kiosk.clock import Clock
from kiosk.domain.attempts import Attempts
from kiosk.domain.goods import CollectMethod, Goods
from kiosk.domain.passes import PassKind
from kiosk.errors import NotFound

MAX_ATTEMPTS: Final = 10
WITHIN_S: Final = 300.0
FRESH: Final = timedelta(seconds=20)
"""Whoever has held something up longer ago may have gone, and somebody else stands there."""

COLLECTING_PASSES: Final = frozenset({PassKind.RECURRING, PassKind.MULTI})
"""Passes by which a household lets somebody come again and again; a guest of one day and a visitor's receipt collect
nothing."""

_ENTRIES: Final = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody has shown, and the goods that it collects.

    Attributes:
        by: the credential, as the register names it: `card ID`, `pass ID`; the code is never written down.
    """

    method: CollectMethod
    by: str
    goods: tuple[Goods, ...]


@dataclass(slots=True)
class Collecting:
    """Somebody who collects.

    Attributes:
        since_seq: the journal's end when the page was opened; what was held up before was for something else.
        claim: None until something was shown.
        taken: the numbers of what was handed out.
    """

    since_seq: int
    claim: Claim | None = None
    taken: tuple[str, ...] = ()


class CodeAttempts:
    """The brake on guessing codes, for the whole touchscreen. Safe to use from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempts = Attempts(MAX_ATTEMPTS, WITHIN_S)
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take an attempt, before the code is looked at; False when there is none left."""
        with self._lock:
            return self._attempts.take(self._clock.monotonic_ns())

    def give_back(self) -> None:
        """The code was right: that was no guess."""
        with self._lock:
            self._attempts.give_back()


def claim_by_decision(box: Appliance, since_seq: int) -> Claim | None:
    """What the newest credential collects that was let through after `since_seq` at the touchscreen's lane.

    That may be nothing at all. None where nothing was held up, or what was is not a household's.
    """
    payload = _newest_grant(box, since_seq)
    if payload is None:
        return None
    try:
        if "card" in payload:
            card = box.cards.get(payload["card"])
            is_nobodys = card.for_visits or card.carrier != ""
            unit, method, by = "" if is_nobodys else card.unit, CollectMethod.CARD, f"card {card.id}"
        else:
            record = box.pass_queries.get(payload.get("pass", ""))
            unit = record.claims.unit if record.claims.kind in COLLECTING_PASSES else ""
            method, by = CollectMethod.PASS, f"pass {record.id}"
    except NotFound:
        return None
    return Claim(method, by, tuple(box.goods.goods_queries.kept(unit))) if unit else None


def _newest_grant(box: Appliance, since_seq: int) -> Mapping[str, Any] | None:
    newest = None
    while entries := box.feed.after(since_seq, _ENTRIES):
        for entry in entries:
            if entry.type == "access.granted" and entry.payload.get("lane") == box.settings.touch.lane:
                newest = entry
        since_seq = entries[-1].seq
    return newest.payload if newest is not None and newest.at > box.clock.now() - FRESH else None


def claim_by_code(box: Appliance, code: str) -> Claim | None:
    """What a code collects; None when nothing, and when by a rare chance the goods of several units have the same."""
    goods = box.goods.goods_queries.kept_with_code(code)
    if len({each.unit for each in goods}) != 1:
        return None
    return Claim(CollectMethod.CODE, "code", tuple(goods))
