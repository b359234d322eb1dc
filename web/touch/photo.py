"""The photo: a live preview, taken, looked at, taken again. A camera that is gone keeps nobody out."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from hardware.interfaces import Frame
from web.access import appliance
from web.touch.draft import Typed
from web.touch.pages import go, go_on, kind_settings, show
from web.touch.session import bp, peek, with_typed
from web.touch.steps import Step, may_show

_FRAME_WAIT_S: Final = 1.0


@bp.get("/sign-in/photo")
@with_typed
def show_photo(typed: Typed) -> ResponseReturnValue:
    """The preview, the photo that was taken, or that there is no camera just now."""
    return show(typed, Step.PHOTO, has_camera=_frame() is not None, may_skip=_may_skip(typed))


@bp.post("/sign-in/photo")
@with_typed
def take_photo(typed: Typed) -> ResponseReturnValue:
    """Take, take again, keep, or go on without where that is allowed."""
    if not may_show(Step.PHOTO, typed, appliance().settings.visits):
        return go_on(typed)
    wanted = request.form.get("do", "")
    frame = _frame() if wanted == "take" else None
    if frame is not None:
        typed.photo = frame.jpeg()
    elif wanted == "again":
        typed.photo = None
    elif wanted == "skip" and _may_skip(typed):
        typed.photo = None
        return _pass(typed)
    elif wanted == "keep" and typed.photo is not None:
        return _pass(typed)
    typed.passed.discard(Step.PHOTO.value)
    return go(Step.PHOTO)


@bp.get("/sign-in/photo/preview.jpg")
def show_preview() -> ResponseReturnValue:
    """The newest picture of the lane's camera, for whoever is at the photo; 404 without one."""
    draft = peek()
    if draft is None or draft.typed is None or not may_show(Step.PHOTO, draft.typed, appliance().settings.visits):
        return "", 404
    return _jpeg(_frame())


@bp.get("/sign-in/photo/taken.jpg")
@with_typed
def show_taken(typed: Typed) -> ResponseReturnValue:
    """The photo that was taken."""
    if typed.photo is None:
        return redirect(url_for("touch.show_photo"), 303)
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
    kind = kind_settings(typed)
    return kind is not None and (kind.photo != "required" or _frame() is None)


def _jpeg(frame: Frame | None) -> ResponseReturnValue:
    return Response(frame.jpeg(), mimetype="image/jpeg") if frame is not None else ("", 404)
