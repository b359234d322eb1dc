"""The touchscreen: signing in and out, goods in and out. It answers the kiosk's own browser only."""

from __future__ import annotations

from web.touch import (  # noqa: F401 - each adds its routes
    asked,
    calling,
    carried,
    collect,
    corner,
    document,
    fire,
    goods_in,
    goods_page,
    keyboard,
    live,
    look,
    paused,
    phone,
    photo,
    prompts,
    returning,
    sign_in,
    sign_out,
    slip_items,
    start,
    summary,
    take_out,
    taken,
    trouble,
    visit,
    whereto,
    why_photo,
)
from web.touch.session import bp

__all__ = ["bp"]
