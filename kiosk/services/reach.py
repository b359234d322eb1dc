"""Whether this box can be reached where phones are to find it, as far as the box itself can tell.

It connects to the address that phones are given. A name that does not resolve, a cable that is out, or a proxy that is
down is found so; a phone's own network is not.
"""

from __future__ import annotations

import logging
import socket
from typing import Final
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 1.0
_PORTS: Final = {"http": 80, "https": 443}


class Reach:
    """Looks at one address when told to; what it found last can be asked for from any thread, without waiting."""

    def __init__(self, base_url: str | None) -> None:
        """Look at `base_url`; None can never be reached."""
        self._base_url = base_url
        self._is_up = False

    @property
    def base_url(self) -> str | None:
        """The address, while it can be reached."""
        return self._base_url if self._is_up else None

    def look(self) -> None:
        """Look again; waits for a second at most, and for the name to be resolved."""
        if self._base_url is None:
            return
        was_up, self._is_up = self._is_up, self._answers(self._base_url)
        if was_up and not self._is_up:
            log.warning("phones cannot reach %s any more; no form is offered to them", self._base_url)

    def _answers(self, base_url: str) -> bool:
        try:
            address = urlsplit(base_url)
            port = address.port or _PORTS[address.scheme]
            with socket.create_connection((address.hostname or "", port), timeout=_TIMEOUT_S):
                return True
        except (OSError, ValueError):  # a name may be none (UnicodeError), a port too
            return False
