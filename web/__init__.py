"""The surfaces: pages for visitors and guards, the API, the simulator. Each parses, calls a service, and answers."""

from __future__ import annotations

from flask import Flask

from kiosk.appliance import Appliance


def create_app(appliance: Appliance) -> Flask:
    """Make the web application of one appliance."""
    app = Flask(__name__)
    app.extensions["appliance"] = appliance
    return app
