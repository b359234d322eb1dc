"""Where release slips meet what makes their papers and what reads cards at the desk.

Neither is there yet; what would need them is neither offered nor done.
"""

from __future__ import annotations

from typing import Protocol, cast

from kiosk.domain.notices import Language
from web.access import appliance


class SlipPapers(Protocol):
    """Makes the papers of slips."""

    def print_slip(self, slip_id: str, language: Language, actor: str) -> object:
        """Queue the receipt form for the printer.

        Raises:
            NotFound: there is no such slip.
            Conflict: `no-printer`; the slip has no paper in its state.
        """
        ...

    def pdf(self, slip_id: str, language: Language, actor: str) -> bytes:
        """The A4 form.

        Raises:
            NotFound, Conflict: as `print_slip`.
        """
        ...


def slip_papers() -> SlipPapers | None:
    """What makes papers; None while there is nothing that does."""
    return cast("SlipPapers | None", getattr(appliance().goods, "papers", None))


def card_tapped_for(slip_id: str) -> str | None:  # noqa: ARG001 - the seam's shape
    """The card that the desk's reader has found good and that was tapped for this slip; None without one.

    The reader's word, never the browser's: whoever could name a card here would have its owner's signature.
    """
    return None


def has_desk_reader() -> bool:
    """Tell whether cards can be tapped at the desk."""
    return False
