"""Devices and their health, and the receipts about which a guard has to decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.roles import Permission
from kiosk.services.print_jobs import PrintJob, PrintState
from web.access import appliance
from web.panel.answers import done
from web.panel.blueprint import bp, current_user, needs
from web.panel.health import lane_health
from web.panel.wording import paper_label

LAPSED_SHOWN_FOR: Final = timedelta(hours=12)
"""How long a receipt that was never printed is offered again: whoever it was for is hardly there any longer."""


@bp.get("/devices")
@needs(Permission.SEE_DEVICES)
def show_devices() -> str:
    """Every device with its condition, and the print jobs in doubt."""
    gate = appliance()
    return render_template(
        "panel/devices.html",
        devices=gate.supervisor.health(),
        troubled=[lane for lane in gate.lanes.all() if lane.trouble],
        told=gate.outbox.statuses(),
        calendar=gate.hours.health(gate.clock.now()),
        lane_health=lane_health(),
        uncertain=gate.spool.jobs({PrintState.UNCERTAIN}),
        lapsed=_lapsed(),
        queued=gate.spool.jobs({PrintState.QUEUED, PrintState.PRINTING}),
    )


@bp.post("/print-jobs/<job_id>/dismiss")
@needs(Permission.REPRINT)
def dismiss_job(job_id: str) -> Response:
    """Settle a paper in doubt: the guard has looked, there is nothing to print."""
    job = appliance().spool.dismiss(job_id, actor=current_user().actor)
    return done(_("%(paper)s is settled.", paper=paper_label(job)), url_for("panel.show_devices"))


@bp.post("/print-jobs/<job_id>/reprint")
@needs(Permission.REPRINT)
def reprint_paper(job_id: str) -> Response:
    """Print a copy of a paper that is kept as it was."""
    job = appliance().spool.reprint(job_id, actor=current_user().actor)
    message = _("Copy %(copy)d of %(paper)s is printed next.", copy=job.copy_number, paper=paper_label(job))
    return done(message, url_for("panel.show_devices"))


def _lapsed() -> list[PrintJob]:
    """The lapsed papers of late, newest first, without those that have been printed again since."""
    gate = appliance()
    since = gate.clock.now() - LAPSED_SHOWN_FOR
    lapsed = [job for job in gate.spool.jobs({PrintState.LAPSED}) if job.state_at >= since]
    return [job for job in reversed(lapsed) if gate.spool.is_latest(job)]
