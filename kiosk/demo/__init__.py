"""The demonstration: an invented estate on simulated devices, so that the whole product runs on any desk."""

from __future__ import annotations

from kiosk.demo.settings import demo_settings

__all__ = ["demo_settings"]
