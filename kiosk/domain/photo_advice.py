"""What would make a photo of somebody's face a better one. It is advice: nobody is kept out for their photo.

The figures were measured with OpenCV's frontal-face cascade on a portrait in the public domain (NASA's of Eileen
Collins), set into frames of 1280 x 720 at many sizes, lights and blurs; docs/decisions/0035-photo-and-documents.md
has the table. They are wide on purpose: a skin, a veil or a lamp behind somebody is no fault of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

DARKEST: Final = 40.0
"""Mean gray of a face (0 black, 255 white) below which its features drown; the cascade still finds one at 30."""

BRIGHTEST: Final = 215.0
"""Mean gray above which it is washed out; at 240 the cascade finds it no longer."""

SMALLEST: Final = 0.25
"""Side of the face's square as a part of the picture's shorter side. Less is an arm's length too far away."""

LARGEST: Final = 0.75
"""Above this forehead or chin leave the picture: the square goes from the brows to the lips."""

BLUNTEST: Final = 0.03
"""Sharpness of a face that moved by a tenth of its own width while the picture was taken."""

BYSTANDER: Final = 0.5
"""A face less than half as large as the largest stands further back in the queue, and is nobody's photo."""


class Advice(StrEnum):
    """What to tell whoever stands before the camera; the first thing that helps."""

    GOOD = "good"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    LOOK_HERE = "look-here"
    ONE_FACE = "one-face"
    COME_CLOSER = "come-closer"
    STEP_BACK = "step-back"
    HOLD_STILL = "hold-still"


def advise(*, brightness: float, sharpness: float, faces: Sequence[float]) -> Advice:
    """Say what would help most.

    Light comes first, because without it nothing else can be told.

    Args:
        brightness: mean gray of the largest face, of the whole picture where there is none; 0 to 255.
        sharpness: variance of the Laplacian over that of the gray values, of the same.
        faces: side of each face's square as a part of the picture's shorter side.
    """
    if brightness < DARKEST:
        return Advice.TOO_DARK
    if brightness > BRIGHTEST:
        return Advice.TOO_BRIGHT
    if not faces:
        return Advice.LOOK_HERE
    return _of_faces(faces) or (Advice.HOLD_STILL if sharpness < BLUNTEST else Advice.GOOD)


def _of_faces(faces: Sequence[float]) -> Advice | None:
    largest = max(faces)
    if sum(face >= largest * BYSTANDER for face in faces) > 1:
        return Advice.ONE_FACE
    if largest < SMALLEST:
        return Advice.COME_CLOSER
    return Advice.STEP_BACK if largest > LARGEST else None
