"""The touchscreen: the pages at which visitors sign in and out. They answer the kiosk's own browser only."""

from __future__ import annotations

from web.touch import (  # noqa: F401 - each adds its routes
    asked,
    carried,
    fire,
    live,
    photo,
    returning,
    sign_in,
    sign_out,
    start,
    visit,
)
from web.touch.session import bp

__all__ = ["bp"]
