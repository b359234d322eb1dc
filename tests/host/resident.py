"""A resident with a telephone: a browser without scripts that opens a link and fills in forms."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.clock import SystemClock
from kiosk.services.resident_links import NewLink, ResidentLink
from tests.support.appliance import TestGate

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
BOX, LAN = "192.168.1.10", "192.168.1.77"


class ClockAhead(SystemClock):
    """The machine's clock, put forward by the test."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


class Resident:
    """Talks English, from the local network. `client` keeps the cookies."""

    def __init__(self, app: Flask, token: str = "") -> None:
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie("gatehouse_locale", "en", domain=BOX)
        self.environ = {"REMOTE_ADDR": LAN, "HTTP_HOST": f"{BOX}:8080"}
        if token:
            assert self.get(f"/r/{token}").location == "/r/"

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.form_token()} | fields, environ_overrides=self.environ)

    def form_token(self) -> str:
        found = TOKEN.search(self.get("/r/").text)
        assert found
        return unescape(found[1])


def make_link(gate: TestGate, unit: str, name: str = "陳太 phone", **facts: Any) -> tuple[ResidentLink, str]:
    return gate.appliance.resident_links.make(NewLink(unit, name, **facts), actor="user clerk")
