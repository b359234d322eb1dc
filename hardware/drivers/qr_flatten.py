"""Straightens codes printed on what is not flat: a curled receipt, a creased sheet, a shirt.

A decoder finds such a code's corners, samples its modules along straight lines, and the check sums do not add up.
Rectified by its corners, each side of the code is still a shallow arc, and unevenly stretched. Eight numbers describe
that well enough: for each side, how far its middle is pushed across and along it. Which numbers is not known, so
each is tried alone, then every two together, until a decoder is content.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from hardware.drivers.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hardware.interfaces import GrayImage

Corners = NDArray[np.float32]
"""Four points (x, y), clockwise from the code's own top left; shape (4, 2)."""

MARGIN: Final = 1 / 6
"""Space kept around the code, as a part of its side: the quiet zone, and room for what bulges."""

PUSH_ALONE: Final = 1 / 60
PUSH_TOGETHER: Final = 1 / 48
"""How far a side's middle is pushed, as a part of the side: about half a module of a common code."""


def flattened(gray: GrayImage, corners: Corners, *, side_px: int = 240) -> Iterator[GrayImage]:
    """Yield 129 guesses at the code as it would look lying flat, `side_px` wide plus a margin, likeliest first."""
    margin_px = round(side_px * MARGIN)
    whole_px = side_px + 2 * margin_px
    near, far = margin_px, margin_px + side_px
    target = np.array([(near, near), (far, near), (far, far), (near, far)], np.float32)
    straight = cv2.warpPerspective(
        gray, cv2.getPerspectiveTransform(corners, target), (whole_px, whole_px),
        flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    yield straight.astype(np.uint8, copy=False)
    at = np.arange(whole_px, dtype=np.float32)
    still = (np.broadcast_to(at, (whole_px, whole_px)), np.broadcast_to(at[:, None], (whole_px, whole_px)))
    fields = _side_fields(np.clip((at - margin_px) / side_px, -0.1, 1.1))
    for pushes in _pushes(side_px):
        moved = [still[0].copy(), still[1].copy()]
        for field, push_px in pushes:
            axis, weight = fields[field]
            moved[axis] += push_px * weight
        yield cv2.remap(
            straight, moved[0], moved[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)  # fmt: skip


def distinct_largest(quads: Sequence[Corners], most: int) -> list[Corners]:
    """Choose up to `most` different quadrangles, none much smaller than the largest: those are phantoms of it."""
    chosen: list[Corners] = []
    by_area = sorted(quads, key=cv2.contourArea, reverse=True)
    for quad in by_area:
        if len(chosen) == most or cv2.contourArea(quad) < 0.6 * cv2.contourArea(by_area[0]):
            break
        if all(np.abs(quad - other).max() > 6 for other in chosen):
            chosen.append(quad)
    return chosen


def _side_fields(part: NDArray[np.float32]) -> list[tuple[int, NDArray[np.float32]]]:
    """The displacement of each pixel, (axis, weight), for each side pushed across and along itself."""
    bump = 4 * part * (1 - part)
    top, bottom = np.outer(1 - part, bump), np.outer(part, bump)
    left, right = np.outer(bump, 1 - part), np.outer(bump, part)
    across = [(1, top), (1, bottom), (0, left), (0, right)]
    along = [(0, top), (0, bottom), (1, left), (1, right)]
    return across + along


def _pushes(side_px: int) -> Iterator[tuple[tuple[int, float], ...]]:
    """Yield which fields to push by how many pixels: each alone both ways, then each two together all four ways."""
    for field in range(8):
        for sign in (1, -1):
            yield ((field, sign * side_px * PUSH_ALONE),)
    for one, other in combinations(range(8), 2):
        for sign, other_sign in product((1, -1), repeat=2):
            yield (one, sign * side_px * PUSH_TOGETHER), (other, other_sign * side_px * PUSH_TOGETHER)
