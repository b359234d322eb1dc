"""Passes: issue ahead of a visit, revoke."""

from __future__ import annotations

from http import HTTPStatus

from web.access import appliance
from web.api.answers import IssuedPass
from web.api.inputs import NewPassBody
from web.api.operations import caller, operation


@operation("POST", "/passes", tag="passes", body=NewPassBody, answer=IssuedPass, status=HTTPStatus.CREATED)
def issue_pass(body: NewPassBody) -> IssuedPass:
    """Issue a pass ahead of a visit.

    Send its token to the visitor as a QR code. At the way in it signs the visitor in by itself; at the touchscreen it
    is the pre-registration of whoever gives its holder's name. Times count in whole seconds.
    """
    issued = appliance().passes.issue(
        actor=caller().actor,
        unit=body.unit,
        holder=body.holder,
        not_before=body.not_before,
        not_after=body.not_after,
        uses=body.uses,
        lanes=body.lanes,
    )
    return IssuedPass(id=issued.id, token=issued.token)


@operation(
    "DELETE",
    "/passes/<pass_id>",
    tag="passes",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found", "already-revoked"),
)
def revoke_pass(pass_id: str) -> None:
    """Revoke a pass.

    For good and at once: whoever shows it is refused, and the gate's log says why.
    """
    appliance().passes.revoke(pass_id, actor=caller().actor)
