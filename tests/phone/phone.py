"""Visitors' phones without a browser: pages are read, forms are sent with their tokens."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.visitor import TOKEN, Visitor

LAN = "192.168.1.77"


class Phone:
    """A phone in the estate's network. `page` is what it shows, `path` where it is."""

    def __init__(self, app: Flask, language: str = "en", address: str = LAN) -> None:
        self.client = app.test_client()
        self._asks = {"headers": {"Accept-Language": language}, "environ_base": {"REMOTE_ADDR": address}}
        self.page, self.path, self.status = "", "", 0

    def see(self, path: str) -> Phone:
        return self._take(self.client.get(path, follow_redirects=True, **self._asks))

    def send(self, path: str, **fields: Any) -> Phone:
        token = TOKEN.search(self.page)
        assert token, self.page
        data = {"csrf_token": token.group(1), **fields}
        return self._take(self.client.post(path, data=data, follow_redirects=True, **self._asks))

    def fill_in(self, kind: str = "guest", unit: str = "2-C-12-A", **answers: Any) -> Phone:
        self.send("/v/", kind=kind, unit=unit)
        return self.send("/v/about", **({"visitor_name": "歐陽詠欣", "phone": "5550 1234"} | answers))

    @property
    def code(self) -> str:
        found = re.search(r'big-number">(\d{3})<span class="gap"> </span>(\d{3})<', self.page)
        assert found, self.page
        return found[1] + found[2]

    def _take(self, answer: TestResponse) -> Phone:
        self.page = unescape(answer.get_data(as_text=True))
        self.path, self.status = answer.request.path, answer.status_code
        return self


def at_kinds(app: Flask) -> Visitor:
    """A visitor at the touchscreen's first page of signing in."""
    visitor = Visitor(app)
    visitor.send("/language", language="en")
    return visitor.send("/sign-in")


def ticket(app: Flask) -> str:
    """The address that the newest turn's screen shows as a QR code."""
    (*_, draft) = app.extensions["drafts"]._drafts.values()
    assert draft.ticket is not None
    return f"/v/{draft.ticket.token}"
