"""The list of what visitors carry in to carry out again, as it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.services.goods.carried import Listed, checked_list

USUAL_TOOLS: Final[tuple[LazyString, ...]] = (
    _("Toolbox"), _("Ladder"), _("Drill"), _("Cutter"), _("Welder"), _("Vacuum"),
)  # fmt: skip


def put_on(listed: Sequence[Listed], name: str, quantity: str) -> list[Listed]:
    """A list with something more on it, or with more of what is on it already; what is no number is one.

    Raises:
        Invalid: as `checked_list`.
    """
    at = next((at for at, (known, _quantity) in enumerate(listed) if known == name), len(listed))
    count = int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 5 else 1
    count = max(count, 1)
    if at < len(listed):
        count += listed[at][1]
    return checked_list([*listed[:at], (name, count), *listed[at + 1 :]])
