"""What the page that ends a turn tells of the printer, from the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from hardware.interfaces import DeviceKind
from hardware.supervisor import WELL
from kiosk.services.print_jobs import PrintState
from web.access import appliance

_ENTRIES: Final = 200


class PaperState(StrEnum):
    """What whoever waits for a paper has to know of it."""

    NONE = "none"  # this gate prints nothing
    COMING = "coming"
    OUT = "out"
    RESTING = "resting"  # the printer is not well; what is on the screen has to do


def news_since(seq: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The journal's entries behind a place in it: type and payload."""
    feed = appliance().feed
    while entries := feed.after(seq, _ENTRIES):
        yield from ((entry.type, entry.payload) for entry in entries)
        seq = entries[-1].seq


def printed_since(seq: int, register: str, subject_id: str) -> PrintState | None:
    """How far the paper about a visit, or about goods, has come; None when there is none."""
    printed = None
    for type_, payload in news_since(seq):
        word = type_.rpartition(".")[2]
        if "job" in payload and payload.get(register) == subject_id and word in set(PrintState):
            printed = PrintState(word)
    return printed


def paper_state(printed: PrintState | None) -> PaperState:
    """The same for whoever waits; a paper that nobody has heard of yet is on its way."""
    box = appliance()
    if box.settings.printer is None:
        return PaperState.NONE
    if printed is PrintState.PRINTED:
        return PaperState.OUT
    health = next((one for one in box.supervisor.health() if one.kind is DeviceKind.PRINTER), None)
    is_well = health is not None and health.condition in WELL
    is_on_its_way = printed in {PrintState.QUEUED, PrintState.PRINTING, None}
    return PaperState.COMING if is_well and is_on_its_way else PaperState.RESTING
