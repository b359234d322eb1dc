"""Where a resident's link leads: the address that the settings name, or the one by which this request came."""

from __future__ import annotations

from flask import request

from web.access import appliance
from web.security import HOST_PATH


def link_address(token: str) -> str:
    """The whole address of a link."""
    base = appliance().settings.hosts.base_url or request.host_url.rstrip("/")
    return f"{base}{HOST_PATH}/{token}"
