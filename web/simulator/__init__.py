"""The world of a gate without a gate: taps, pictures, inputs and faults, for people and for programs.

Only for the kiosk's own machine, and only for devices whose driver is the simulated one: for a real device there is
nothing at these addresses. No request here carries a token against forgery; instead every one that changes something
demands a content type (JSON, PNG, JPEG) that a browser sends to another's address only after asking there first, which
is refused (Fetch standard, "CORS-safelisted request-header"), and the Host header is checked.
"""

from __future__ import annotations

from flask import Blueprint

from web.access import only_kiosk
from web.simulator import page, programs

bp = Blueprint("simulator", __name__, url_prefix="/simulator")
bp.before_request(only_kiosk)
programs.add_to(bp)
page.add_to(bp)
