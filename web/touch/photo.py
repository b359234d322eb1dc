"""The photo: a live preview with advice, taken, looked at, taken again. A camera that is gone keeps nobody out.

Somebody's face is taken by a touch, after the page's script has counted down. With a good one the way goes on: the
summary shows it, and leads back to it. What would make it better is said of the first two; the third is taken as it is,
and from the second on any can be used: a photo helps the guard, and is no reason to keep somebody at the gate.

A load is taken by itself a few seconds after the page has come: whoever carries it has no hand free, and without a
camera the page does not come at all. Nobody gives it advice.
"""

from __future__ import annotations

from typing import Final

from flask import Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from hardware.interfaces import Frame
from kiosk.domain.photo_advice import Advice
from web.access import appliance
from web.touch.pages import can_show, go, go_on, show
from web.touch.photo_words import advice_sentence
from web.touch.session import WAYS, bp, on_any_way, peek
from web.turns.steps import Step, photo_is_required
from web.turns.typed import Typed

SELF_TIMER_S: Final = 3
"""Time to step back from the load; a touch takes it at once."""

POOR_ONES: Final = 2
"""How many poor photos are said to be so."""


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
        typed, Step.PHOTO, has_camera=has_camera, may_skip=_may_skip(typed),
        timer_s=SELF_TIMER_S if has_timer else None, advice=advice_sentence(_complaint(typed)),
        may_keep=_may_keep(typed),
    )  # fmt: skip


@bp.post(f"/{WAYS}/photo")
@on_any_way
def take_photo(typed: Typed) -> ResponseReturnValue:
    """Take, take again, keep, or go on without where that is allowed."""
    if not can_show(Step.PHOTO, typed):
        return go_on(typed)
    wanted = request.form.get("do", "")
    frame = _frame() if wanted == "take" else None
    if frame is not None:
        _take(typed, frame)
        is_first_load = not typed.looks_at_photo and Step.PHOTO.value not in typed.passed
        if is_first_load or typed.photo_advice is Advice.GOOD:
            return _pass(typed)
    elif wanted == "again":
        typed.photo, typed.photo_advice = None, None
    elif wanted == "skip" and _may_skip(typed):
        typed.photo, typed.photo_advice = None, None
        return _pass(typed)
    elif wanted == "keep" and _may_keep(typed):
        return _pass(typed)
    if typed.looks_at_photo:
        typed.passed.discard(Step.PHOTO.value)
    return go(typed, Step.PHOTO)


@bp.get(f"/{WAYS}/photo/preview.jpg")
def show_preview(way: str) -> ResponseReturnValue:
    """The newest picture of the lane's camera, for whoever is at the photo; 404 without one."""
    frame = _frame() if _is_at_photo(way) is not None else None
    return Response(frame.jpeg(), mimetype="image/jpeg") if frame is not None else ("", 404)


@bp.get(f"/{WAYS}/photo/advice")
def tell_advice(way: str) -> ResponseReturnValue:
    """What would make the photo better just now, as a word and a sentence; 204 where there is nothing to say."""
    typed = _is_at_photo(way)
    frame = _frame() if typed is not None and typed.looks_at_photo else None
    advice = appliance().photo_guide.glance(frame) if frame is not None else None
    if advice is None:
        return "", 204
    return jsonify(advice=advice.value, sentence=str(advice_sentence(advice)))


@bp.get(f"/{WAYS}/photo/taken.jpg")
@on_any_way
def show_taken(typed: Typed) -> ResponseReturnValue:
    """The photo that was taken."""
    if typed.photo is None:
        return redirect(url_for("touch.show_photo", way=typed.way), 303)
    return Response(typed.photo, mimetype="image/jpeg")


def _take(typed: Typed, frame: Frame) -> None:
    """Keep the picture, with what is thought of it unless too many were poor before."""
    typed.photo, typed.photo_advice = frame.jpeg(), None
    if not typed.looks_at_photo or typed.poor_photos >= POOR_ONES:
        return
    typed.photo_advice = appliance().photo_guide.judge(frame)
    if _complaint(typed) is not None:
        typed.poor_photos += 1


def _complaint(typed: Typed) -> Advice | None:
    return typed.photo_advice if typed.photo_advice is not Advice.GOOD else None


def _pass(typed: Typed) -> ResponseReturnValue:
    typed.passed.add(Step.PHOTO.value)
    return go_on(typed)


def _is_at_photo(way: str) -> Typed | None:
    """What was typed by whoever is at the photo. Looking is not touching."""
    draft = peek()
    typed = draft.at_screen if draft is not None else None
    return typed if typed is not None and typed.way == way and can_show(Step.PHOTO, typed) else None


def _frame() -> Frame | None:
    box = appliance()
    camera = box.cameras.get(box.settings.touch.lane)
    return camera.latest() if camera is not None else None


def _may_keep(typed: Typed) -> bool:
    return typed.photo is not None and (_complaint(typed) is None or typed.poor_photos >= POOR_ONES)


def _may_skip(typed: Typed) -> bool:
    """A photo may be left out where it is optional, and must not hold anybody up whom the camera cannot see.

    The guard is told: the camera's fault stands in the feed, and so does the visit without its photo.
    """
    return not photo_is_required(typed, appliance().settings) or _frame() is None
