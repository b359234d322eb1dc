"""The settings of the demonstration, as the TOML file would hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

_HOLIDAYS: Final = Path(__file__).with_name("holidays.ics")
"""Hong Kong's holidays of a fixed date: those of a calendar that never runs out."""


def demo_settings() -> dict[str, Any]:
    """A document for `kiosk.config.parse`: lanes `in` and `out`, a desk, a printer of 80 mm paper, all simulated."""
    return {
        "estate": {"name_zh_hant": "晴嵐花園", "name_zh_hans": "晴岚花园", "name_en": "Clearmist Garden"},
        "lanes": {"in": _lane("in"), "out": _lane("out")},
        "desk": {"reader": {"driver": "simulated"}},
        "printer": {"driver": "simulated", "width_dots": 576},
        "touch": {"exit_lane": "out"},
        # Whoever tries this out need not have a clock that is set.
        "access": {"unconfirmed_clock_opens": True, "holidays_file": str(_HOLIDAYS)},
    }


def _lane(direction: str) -> dict[str, Any]:
    simulated = {"driver": "simulated"}
    return {
        "direction": direction,
        "relay": simulated,
        "inputs": simulated,
        "reader": simulated,
        "camera": simulated,
        "card_number": "wiegand-26",
    }
