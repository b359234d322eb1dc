"""A guard at the panel: a browser without scripts that fills in forms."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.domain.roles import Permission, Role, may

PASSWORD = "correct horse battery"
STAFF = [role for role in Role if may(role, Permission.SEE_PEOPLE)]
"""All roles but the observer, who has pages of its own (`test_observer`)."""

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Guard:
    """Talks English. `client` keeps the cookies."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = {"Accept": "text/html", "Accept-Language": "en"}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=self.headers | headers)

    def token(self) -> str:
        page = self.get("/panel/login", Accept="text/html")
        if page.status_code == 303:
            page = self.get("/panel/visits?q=nobody")
        found = _TOKEN.search(page.text)
        assert found, page.text
        return unescape(found[1])

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
        """Send a form as a page without script does."""
        return self.client.post(
            path, data={"csrf_token": self.token()} | fields, headers=self.headers | (headers or {})
        )

    def ask(self, path: str, **fields: str) -> TestResponse:
        """Send a form as the panel's script does."""
        return self.post(path, {"X-Requested-With": "panel"}, **fields)

    def log_in(self, username: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/panel/login", username=username, password=password, **fields)
