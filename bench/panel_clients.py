"""Panels that are open on a gate's server, each as its page's script behaves, and when each line of the feed arrives.

    python -m bench.panel_clients URL COOKIE COUNT

A process of its own, as browsers are. Prints `open` once every stream has answered, then a line for each event:
its number in the journal, and when it came by the machine's monotonic clock, in nanoseconds. Runs until it is ended.
"""

from __future__ import annotations

import http.client
import re
import sys
import threading
import time
from urllib.parse import urlsplit

# As in web/static/js: panel-feed.js, panel-pictures.js, panel-alarms.js.
SETTLE_S = 0.12
REFRESH_EVERY_S = 5.0
PICTURE_EVERY_S = 1.0
STALE = re.compile(rb'data-stale="([^"]+)"')
PARTS_NOW_AND_THEN = ("parts/lanes", "alarms/open")


class Panel:
    """One open page of a shift."""

    def __init__(self, url: str, cookie: str, lane: str) -> None:
        self._address = urlsplit(url).netloc
        self._headers = {"Cookie": cookie, "X-Requested-With": "panel"}
        self._lane = lane
        self._news = threading.Event()
        self._stale: set[str] = set()
        self.opened = threading.Event()

    def start(self) -> None:
        """Begin all that the page does at the same time."""
        for work in (self._read_feed, self._follow, self._look_now_and_then, self._look_at_pictures):
            threading.Thread(target=work, daemon=True).start()

    def _read_feed(self) -> None:
        connection = http.client.HTTPConnection(self._address)
        connection.request("GET", "/panel/feed", headers=self._headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise SystemExit(f"the feed answered {answer.status}")
        self.opened.set()
        while line := answer.readline():
            if line.startswith(b"id: "):
                # In one write: the panels' threads share the pipe.
                sys.stdout.write(f"{int(line[4:])} {time.monotonic_ns()}\n")
                sys.stdout.flush()
            elif stale := STALE.search(line):
                self._stale.update(stale[1].decode().split())
                self._news.set()

    def _follow(self) -> None:
        connection = http.client.HTTPConnection(self._address)
        while self._news.wait():
            time.sleep(SETTLE_S)
            self._news.clear()
            stale, self._stale = self._stale, set()
            for part in stale:
                self._get(connection, f"parts/{part}")

    def _look_now_and_then(self) -> None:
        connection = http.client.HTTPConnection(self._address)
        while True:
            for part in PARTS_NOW_AND_THEN:
                self._get(connection, part)
            time.sleep(REFRESH_EVERY_S)

    def _look_at_pictures(self) -> None:
        connection = http.client.HTTPConnection(self._address)
        while True:
            self._get(connection, f"lanes/{self._lane}/picture.jpg")
            time.sleep(PICTURE_EVERY_S)

    def _get(self, connection: http.client.HTTPConnection, path: str) -> None:
        connection.request("GET", f"/panel/{path}", headers=self._headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}")


def main() -> None:
    """Open the panels and stay."""
    url, cookie, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    panels = [Panel(url, cookie, "in") for _panel in range(count)]
    for panel in panels:
        panel.start()
    for panel in panels:
        panel.opened.wait()
    print("open", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
