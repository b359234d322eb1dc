"""The surfaces: pages for visitors and guards, the API, the simulator. Each parses, calls a service, and answers."""

from __future__ import annotations

from flask import Flask, Response, current_app

from kiosk.appliance import Appliance
from web import (
    api,
    errors,
    exports,
    health,
    host,
    i18n,
    panel,
    phone,
    security,
    simulator,
    static_files,
    streams,
    touch,
)
from web.touch import ime


def create_app(appliance: Appliance) -> Flask:
    """Make the web application of one appliance."""
    app = Flask(__name__, static_folder=None)
    app.extensions["appliance"] = appliance
    static_files.init_app(app)
    i18n.init_app(app)
    errors.init_app(app)
    security.init_app(app)
    streams.init_app(app)
    exports.init_app(app)
    for surface in (touch, ime, panel, host, phone, api, simulator, health):
        app.register_blueprint(surface.bp)
    # Browsers ask here where no page names an icon: for JSON, or a page of their own making.
    app.add_url_rule("/favicon.ico", "favicon", _show_favicon)
    return app


def _show_favicon() -> Response:
    return current_app.send_static_file("icons/favicon.svg")
