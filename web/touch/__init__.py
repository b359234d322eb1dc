"""The touchscreen: the pages at which visitors sign in and out. They answer the kiosk's own browser only."""

from __future__ import annotations

from web.touch import asked, fire, live, photo, returning, sign_in, sign_out, start, visit  # noqa: F401 - each adds its routes
from web.touch.session import bp

__all__ = ["bp"]
