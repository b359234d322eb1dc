"""What the touchscreen shows when the box could not do something: what was typed is kept, and can be sent again.

Nothing on this page asks the register, which may be what does not answer.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import make_response, render_template
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from kiosk.errors import Unavailable
from web.access import appliance
from web.touch.session import bp


@bp.errorhandler(Unavailable)
def _not_now(_error: Unavailable) -> Response:
    return _page(HTTPStatus.SERVICE_UNAVAILABLE)


@bp.errorhandler(InternalServerError)
def _went_wrong(_error: InternalServerError) -> Response:
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR)


def _page(status: HTTPStatus) -> Response:
    answer = make_response(render_template("touch/trouble.html", idle_s=appliance().settings.touch.idle_s))
    answer.status_code = status
    return answer
