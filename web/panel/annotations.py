"""Remarks and corrections beside any record: one form and one list for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import abort, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.annotations import CORRECTABLE, MAX_TEXT, Annotation
from kiosk.domain.roles import Permission
from kiosk.domain.subjects import Subject
from web.access import appliance
from web.panel.answers import done
from web.panel.blueprint import bp, current_session, current_user, needs
from web.security import PANEL_PATH

FIELD_LABELS: Final[Mapping[str, LazyString]] = {
    "unit": _("Unit"),
    "name": _("Name"),
    "phone": _("Telephone"),
    "companions": _("Companions"),
    "vehicle_plate": _("Vehicle plate"),
    "purpose": _("Purpose of the visit"),
    "carrier": _("Carrier"),
    "description": _("Description"),
    "pieces": _("Pieces"),
    "taken_by": _("Taken by"),
}


@bp.post("/annotations/<subject>/<subject_id>")
@needs(Permission.ANNOTATE)
def annotate(subject: str, subject_id: str) -> Response:
    """Add a remark, or a correction of the entry that the form names."""
    if subject not in set(Subject):
        abort(404)
    appliance().annotations.add(
        Subject(subject), subject_id, request.form.get("text", ""), actor=current_user().actor,
        field=request.form.get("field", ""),
    )  # fmt: skip
    return done(str(_("The remark stands beside the record.")), f"{PANEL_PATH}/")


def annotation_line(annotation: Annotation) -> str:
    """An annotation in one line, for a list that is taken away: `Vehicle plate: AB1234`."""
    return f"{FIELD_LABELS[annotation.field]}: {annotation.text}" if annotation.field else annotation.text


def _annotations_of(subject: str, subject_id: str) -> Sequence[Annotation]:
    return appliance().annotations.of(Subject(subject), subject_id)


def _correctable(subject: str) -> dict[str, LazyString]:
    return {field: FIELD_LABELS[field] for field in CORRECTABLE[Subject(subject)]}


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    if current_session() is None:
        return {}
    return {
        "annotations_of": _annotations_of,
        "correctable": _correctable,
        "correction_labels": FIELD_LABELS,
        "max_remark": MAX_TEXT,
    }
