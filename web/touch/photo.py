"""The photo: a live preview, taken, looked at, taken again. A camera that is gone keeps nobody out.

Somebody's face is taken by a touch and looked at. A load is taken by itself a few seconds after the page has come:
whoever carries it has no hand free, and without a camera the page does not come at all.
"""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from hardware.interfaces import Frame
from web.access import appliance
from web.touch.pages import can_show, go, go_on, show
from web.touch.session import WAYS, bp, on_any_way, peek
from web.touch.steps import Step, photo_is_required
from web.touch.typed import Typed

SELF_TIMER_S: Final = 3
"""Time to step back from the load; a touch takes it at once."""


@bp.get(f"/{WAYS}/photo")
@on_any_way
def show_photo(typed: Typed) -> ResponseReturnValue:
    """The preview, the photo that was taken, or that there is no camera just now."""
    has_camera = _frame() is not None
    is_first_time = Step.PHOTO.value not in typed.passed
    if not typed.looks_at_photo and is_first_time and not has_camera and can_show(Step.PHOTO, typed):
        return _pass(typed)
    has_timer = not typed.looks_at_photo and is_first_time
    return show(
        typed, Step.PHOTO, has_camera=has_camera, may_skip=_may_skip(typed), timer_s=SELF_TIMER_S if has_timer else None
    )


@bp.post(f"/{WAYS}/photo")
@on_any_way
def take_photo(typed: Typed) -> ResponseReturnValue:
    """Take, take again, keep, or go on without where that is allowed."""
    if not can_show(Step.PHOTO, typed):
        return go_on(typed)
    wanted = request.form.get("do", "")
    frame = _frame() if wanted == "take" else None
    if frame is not None:
        typed.photo = frame.jpeg()
        if not typed.looks_at_photo and Step.PHOTO.value not in typed.passed:
            return _pass(typed)
    elif wanted == "again":
        typed.photo = None
    elif wanted == "skip" and _may_skip(typed):
        typed.photo = None
        return _pass(typed)
    elif wanted == "keep" and typed.photo is not None:
        return _pass(typed)
    if typed.looks_at_photo:
        typed.passed.discard(Step.PHOTO.value)
    return go(typed, Step.PHOTO)


@bp.get(f"/{WAYS}/photo/preview.jpg")
def show_preview(way: str) -> ResponseReturnValue:
    """The newest picture of the lane's camera, for whoever is at the photo; 404 without one."""
    draft = peek()
    typed = draft.typed if draft is not None else None
    if typed is None or typed.way != way or not can_show(Step.PHOTO, typed):
        return "", 404
    return _jpeg(_frame())


@bp.get(f"/{WAYS}/photo/taken.jpg")
@on_any_way
def show_taken(typed: Typed) -> ResponseReturnValue:
    """The photo that was taken."""
    if typed.photo is None:
        return redirect(url_for("touch.show_photo", way=typed.way), 303)
    return Response(typed.photo, mimetype="image/jpeg")


def _pass(typed: Typed) -> ResponseReturnValue:
    typed.passed.add(Step.PHOTO.value)
    return go_on(typed)


def _frame() -> Frame | None:
    box = appliance()
    camera = box.cameras.get(box.settings.touch.lane)
    return camera.latest() if camera is not None else None


def _may_skip(typed: Typed) -> bool:
    """A photo may be left out where it is optional, and must not hold anybody up whom the camera cannot see.

    The guard is told: the camera's fault stands in the feed, and so does the visit without its photo.
    """
    return not photo_is_required(typed, appliance().settings) or _frame() is None


def _jpeg(frame: Frame | None) -> ResponseReturnValue:
    return Response(frame.jpeg(), mimetype="image/jpeg") if frame is not None else ("", 404)
