"""What several pages ask of the lanes: which lead where, and what is seen there."""

from __future__ import annotations

from hardware.interfaces import Frame
from kiosk.domain.access import Direction
from web.access import appliance


def lanes_leading(direction: Direction) -> list[str]:
    """The lanes that lead in or out, those for both ways among them."""
    return [lane.name for lane in appliance().lanes.all() if lane.settings.direction in {direction, Direction.BOTH}]


def picture_now(lane: str) -> Frame | None:
    """What a lane's camera sees now. A camera that sees nothing holds nobody up: a guard looks for themselves."""
    camera = appliance().cameras.get(lane)
    return camera.latest() if camera is not None else None
