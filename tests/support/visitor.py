"""Visitors who use the touchscreen without a browser: pages are read, forms are sent with their tokens."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from kiosk.clock import SystemClock
from kiosk.domain.visits import Visit
from kiosk.services.visit_queries import VisitFilter
from tests.support.appliance import TestGate

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ONCE = re.compile(r'name="once" value="([^"]+)"')


class ClockAhead(SystemClock):
    """The machine's clock, put forward by hand: monotonic time only."""

    ahead_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.ahead_ns

    def advance(self, seconds: float) -> None:
        self.ahead_ns += int(seconds * 1e9)


class Visitor:
    """Somebody before the screen. `page` is what they see, `path` where they are."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page = ""
        self.path = ""
        self.status = 0
        self.see("/")

    def see(self, path: str) -> Visitor:
        return self._take(self.client.get(path, follow_redirects=True))

    def send(self, path: str, **fields: Any) -> Visitor:
        return self._take(self.client.post(path, data={"csrf_token": self.token, **fields}, follow_redirects=True))

    @property
    def token(self) -> str:
        found = TOKEN.search(self.page)
        assert found, self.page
        return found.group(1)

    @property
    def once(self) -> str:
        found = ONCE.search(self.page)
        assert found, self.page
        return found.group(1)

    def begin(self, kind: str = "delivery", *, language: str = "en") -> Visitor:
        self.send("/language", language=language)
        self.send("/sign-in")
        return self.send("/sign-in/kind", kind=kind)

    def go_to(self, *values: str) -> Visitor:
        """Choose phase, block, floor and unit, as far as there are buttons for them."""
        for value in values:
            level = re.search(r'<button class="tile" name="(\w+)"', self.page)
            assert level, self.page
            self.send(self.path, **{level.group(1): value})
        return self

    def to_summary(self) -> Visitor:
        """As a courier: the kind of visit that asks least."""
        self.begin().go_to("2/C", "2-C-12-A")
        self.send("/sign-in/about", visitor_name="歐陽詠欣", phone="5550 1234")
        self.send("/sign-in/more", vehicle_plate="AB 1234")
        assert self.path == "/sign-in/summary", self.page
        return self

    def to_visit(self) -> Visitor:
        self.to_summary()
        return self.send("/sign-in/done", once=self.once)

    def _take(self, answer: TestResponse) -> Visitor:
        self.page = unescape(answer.get_data(as_text=True)) if answer.mimetype == "text/html" else ""
        self.path = answer.request.path
        self.status = answer.status_code
        return self


def visits(gate: TestGate) -> list[Visit]:
    """Every visit, newest first."""
    return gate.appliance.visit_queries.page(VisitFilter(), before=None, limit=1000).items


def draft_count(app: Flask) -> int:
    return len(app.extensions["drafts"])
