"""One POST to somebody else's server, of which nothing is kept but whether it was taken.

Built on http.client: no redirect is followed, no proxy asked, no cookie kept and no body read, which is all that a
webhook needs; every general client has to be told each of these. The attempt ends at its deadline even when the other
side sends a byte now and then, as a timer shuts the connection down.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.domain.webhooks import is_abroad, split_url

ANSWER_WITHIN_S: Final = 15.0
"""Standard Webhooks, section "Request timeouts", recommends 15 to 30 seconds."""
CONNECT_WITHIN_S: Final = 5.0


class PostFailed(Exception):
    """No answer came. `code` says why: a word without any part of the address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `retry_after_s` is None when it said nothing about that."""

    status: int
    retry_after_s: float | None


class Post:
    """One attempt. `send` blocks its thread; `cancel`, from another, makes it give up."""

    def __init__(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        self._parts = split_url(url)
        self._body = body
        self._headers = {"Content-Type": "application/json", "User-Agent": "Gatehouse", **headers}
        self._cancelled = threading.Event()
        self._overdue = threading.Event()
        self._socket: socket.socket | None = None

    def send(self, answer_within_s: float = ANSWER_WITHIN_S) -> Answer:
        """Send it and wait for the answer's status.

        Raises:
            PostFailed: `unreachable`, `timed-out`, `certificate`, `not-on-the-lan`, `bad-answer` or `cancelled`.
        """
        connection = self._connection()
        timer = threading.Timer(answer_within_s, self._expire)
        timer.daemon = True
        try:
            connection.connect()
            self._socket = connection.sock
            if self._cancelled.is_set():
                raise PostFailed("cancelled")
            if self._parts.scheme == "http" and is_abroad(str(connection.sock.getpeername()[0])):
                raise PostFailed("not-on-the-lan")
            connection.sock.settimeout(answer_within_s)
            timer.start()
            path = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
            connection.request("POST", path, self._body, self._headers)
            with connection.getresponse() as answer:
                if self._overdue.is_set() or self._cancelled.is_set():
                    raise TimeoutError  # hung up within the headers, which http.client takes for their end
                return Answer(answer.status, _seconds(answer.headers.get("Retry-After")))
        except ssl.SSLCertVerificationError as error:
            raise PostFailed("certificate") from error
        except (OSError, UnicodeError, http.client.HTTPException) as error:  # UnicodeError: no such host can be
            raise PostFailed(self._reason(error)) from error
        finally:
            timer.cancel()
            connection.close()

    def cancel(self) -> None:
        """Give the attempt up. It may have been taken all the same."""
        self._cancelled.set()
        self._hang_up()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=CONNECT_WITHIN_S, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, port, timeout=CONNECT_WITHIN_S)

    def _expire(self) -> None:
        self._overdue.set()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself

    def _reason(self, error: Exception) -> str:
        if self._cancelled.is_set():
            return "cancelled"
        if self._overdue.is_set() or isinstance(error, TimeoutError):
            return "timed-out"
        # A connection closed without an answer is both an OSError and an HTTPException.
        return "unreachable" if isinstance(error, OSError | UnicodeError) else "bad-answer"


def _seconds(retry_after: str | None) -> float | None:
    # RFC 9110, section 10.2.3. The other form, a date, is for people's browsers and clocks that are right.
    return float(retry_after) if retry_after is not None and retry_after.isascii() and retry_after.isdigit() else None
