"""What every surface asks first: which appliance this is, and whether the caller stands at the kiosk itself."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from flask import abort, current_app, request

from kiosk.appliance import Appliance

_KIOSK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def appliance() -> Appliance:
    """The appliance that this application serves."""
    found: Appliance = current_app.extensions["appliance"]
    return found


def only_kiosk() -> None:
    """Refuse whoever is not the kiosk's own browser, as a `before_request` guard.

    The address alone would not do: a page from elsewhere, opened on the kiosk, can point a name of its own at 127.0.0.1
    (DNS rebinding), and is told by the Host header that it then sends. A refusal is a 403.
    """
    if not (_is_loopback(request.remote_addr or "") and _host_name(request.host) in _KIOSK_HOSTS):
        abort(403)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
