"""A lane tests itself on a guard's word, and says step by step what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import redirect, render_template, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from hardware.interfaces import DeviceKind
from kiosk.domain.access import Code
from kiosk.domain.roles import Permission
from kiosk.domain.self_test import Result, Step, StepResult
from web import sentences
from web.access import appliance
from web.panel.blueprint import bp, current_user, needs
from web.panel.wording import DEVICE_LABELS

_LABELS: Final[Mapping[Step, LazyString]] = {
    Step.RELAY: DEVICE_LABELS[DeviceKind.RELAY],
    Step.INPUTS: DEVICE_LABELS[DeviceKind.INPUTS],
    Step.READER: DEVICE_LABELS[DeviceKind.READER],
    Step.CAMERA: DEVICE_LABELS[DeviceKind.CAMERA],
    Step.DECODER: DEVICE_LABELS[DeviceKind.DECODER],
    Step.LANE: _("Lane"),
    Step.DECISION: _("Rules"),
    Step.STORE: _("Register"),
    Step.PULSE: _("Test relay"),
    Step.CONTACT: _("Test contact"),
}
_PROVEN: Final[Mapping[Step, LazyString]] = {
    Step.RELAY: _("It answers, and the test does not move it."),
    Step.INPUTS: _("They answer."),
    Step.READER: _("It answers."),
    Step.CAMERA: _("It sends fresh pictures."),
    Step.DECODER: _("It reads a test code."),
    Step.LANE: _("It takes a test card out of its queue."),
    Step.DECISION: _("They let the test card through."),
    Step.STORE: _("It writes to the disk, and what it wrote can be read."),
    Step.PULSE: _("It got its pulse in place of the barrier's."),
    Step.CONTACT: _("It opened and closed with the pulse, without an alarm."),
}
_FAULTS: Final[Mapping[str, LazyString]] = {
    "not-ready": _("It is just starting. Please test again in a moment."),
    "no-picture": _("It sends no pictures."),
    "not-read": _("It could not read the test code."),
    "not-written": _("It cannot be written. Please check the disk."),
    "store-busy": _("It was busy. Please test again."),
    "still-open": _("The pulse did not come to its end."),
    "alarm-held": _("A pulse lasts longer than the gate may stand open. Please tell the installer."),
}
_NOT_TRIED: Final[Mapping[Result, LazyString]] = {
    Result.ABSENT: _("This lane has none."),
    Result.SKIPPED: _("Not reached."),
}


def step_label(step: Step) -> LazyString:
    """What was looked at."""
    return _LABELS[step]


def step_sentence(result: StepResult) -> LazyString:
    """What came of it."""
    if result.result is Result.PASSED:
        return _PROVEN[result.step]
    if result.result is not Result.FAILED:
        return _NOT_TRIED[result.result]
    if result.step is Step.DECISION and result.code in set(Code):
        return sentences.guard_sentence(Code(result.code))
    return _FAULTS.get(result.code) or sentences.device_fault_sentence(result.code)


@bp.get("/lanes/<lane>/self-test")
@needs(Permission.SELF_TEST)
def show_self_test(lane: str) -> str:
    """What the lane's last test found, and the button for another."""
    box = appliance()
    return render_template(
        "panel/self_test.html",
        lane=box.lanes.get(lane).name,
        lanes=[one.name for one in box.lanes.all()],
        report=box.self_tests.latest(lane),
    )


@bp.post("/lanes/<lane>/self-test")
@needs(Permission.SELF_TEST)
def run_self_test(lane: str) -> Response:
    """Test the lane; the page that follows says what was found."""
    appliance().self_tests.run(lane, actor=current_user().actor)
    return redirect(url_for("panel.show_self_test", lane=lane), 303)


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"test_step_label": step_label, "test_step_sentence": step_sentence}
