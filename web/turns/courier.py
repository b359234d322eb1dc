"""Which company's courier has just held a card to the touchscreen's reader.

The page says which entry of the journal told it so, and no more: whose card it was, the entry says, and the ledger of
cards of which company it is.
"""

from __future__ import annotations

from kiosk.appliance import Appliance
from kiosk.domain.access import Code
from kiosk.errors import NotFound
from web.turns.claims import FRESH


def carrier_of_tap(box: Appliance, seq: int) -> str | None:
    """The company of the courier's card whose decision is the journal's entry `seq`.

    None where that is no tap of a good courier's card at the touchscreen's lane, where it was too long ago for its
    courier to stand there still, and where the card has become somebody else's since.
    """
    if not 0 < seq <= box.feed.last_seq:
        return None
    (entry,) = box.feed.after(seq - 1, 1)
    if entry.type != "access.refused" or entry.payload.get("code") != Code.COURIER_CARD:
        return None
    if entry.payload.get("lane") != box.settings.touch.lane or entry.at <= box.clock.now() - FRESH:
        return None
    try:
        return box.cards.get(entry.payload.get("card", "")).carrier or None
    except NotFound:
        return None
