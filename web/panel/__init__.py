"""The guards' panel: what happens at the gate, and what a guard does about it."""

from __future__ import annotations

from web.panel import devices, login, shift, visits  # noqa: F401 - each adds its routes to the blueprint
from web.panel.blueprint import bp

__all__ = ["bp"]
