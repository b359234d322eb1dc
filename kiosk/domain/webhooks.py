"""Webhooks by the letter of Standard Webhooks 1.0 (standardwebhooks.com, spec/standard-webhooks.md).

Section "Signature scheme": HMAC-SHA256 over `{id}.{timestamp}.{body}`; the secret is 24 to 64 random bytes, written in
base64 after `whsec_`; the signature is written in base64 after `v1,`. Section "Webhook headers" names the headers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
import secrets
from typing import Final
from urllib.parse import SplitResult, urlsplit

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
_MIN_SECRET_BYTES: Final = 24
_MAX_SECRET_BYTES: Final = 64
_NEW_SECRET_BYTES: Final = 32
MAX_URL_CHARACTERS: Final = 500
MAX_TYPE_CHARACTERS: Final = 48
_PRINTABLE_ASCII: Final = re.compile(r"[!-~]+")
_TYPE: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def new_secret() -> str:
    """Make a secret, as it is written."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_NEW_SECRET_BYTES)).decode()


def secret_bytes(written: str) -> bytes:
    """The key that a written secret stands for.

    Raises:
        ValueError: it does not begin with `whsec_`, is no base64, or is of the wrong length.
    """
    if not written.startswith(SECRET_PREFIX):
        raise ValueError("the secret does not begin with whsec_")
    try:
        key = base64.b64decode(written.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the secret is no base64") from error
    if not _MIN_SECRET_BYTES <= len(key) <= _MAX_SECRET_BYTES:
        raise ValueError(f"the secret has {len(key)} bytes and not {_MIN_SECRET_BYTES} to {_MAX_SECRET_BYTES}")
    return key


def sign(key: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`; `timestamp` is in whole seconds since 1970, of this attempt."""
    signed = b"%s.%d.%s" % (event_id.encode("ascii"), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(key: bytes, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that go with a body."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(key, event_id, timestamp, body),
    }


def is_event_type(text: str) -> bool:
    """Tell whether a text has the form of an event's type: `visit.signed_in`.

    Which types there are is not asked: they grow with the product, and who subscribes ahead of an update is right to.
    """
    return len(text) <= MAX_TYPE_CHARACTERS and _TYPE.fullmatch(text) is not None


def split_url(url: str) -> SplitResult:
    """The parts of an address that events can be sent to.

    Raises:
        ValueError: it is none: not http or https, without a host, with a password or a fragment in it, in the clear to
            an address that is not on the local network.
    """
    if len(url) > MAX_URL_CHARACTERS or not _PRINTABLE_ASCII.fullmatch(url):
        raise ValueError("an address is at most 500 plain characters")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address begins with https:// or http:// and a host")
    # A user and a password would be shown to whoever lists the webhooks; the signature is what proves the sender.
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an address has no user, no password and no fragment")
    if parts.port == 0:
        raise ValueError("port 0 is none")
    if parts.scheme == "http" and is_abroad(parts.hostname):
        raise ValueError("http goes to the local network only")
    return parts


def is_abroad(host: str) -> bool:
    """Tell whether a host, given as an IP address, lies outside the local network; a name is not looked up."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_global
    return address.is_global
