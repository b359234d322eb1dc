"""What one shift leaves to the next, as the surfaces reach it."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.services.daily_lists import DailyLists
from kiosk.services.handover_papers import HandoverPapers
from kiosk.services.handovers import HandoverService
from kiosk.services.open_items import OpenItems


@dataclass(frozen=True, slots=True)
class Shifts:
    """What is open now, the handovers and their papers, and the lists of the day."""

    open_items: OpenItems
    handovers: HandoverService
    papers: HandoverPapers
    daily_lists: DailyLists
