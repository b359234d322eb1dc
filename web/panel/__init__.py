"""The guards' panel: what happens at the gate, and what a guard does about it."""

from __future__ import annotations

import web.panel.answers  # noqa: F401 - this and the next ones add their handlers and routes to the blueprint
import web.panel.devices
import web.panel.login
import web.panel.shift
import web.panel.visits
from web.panel.blueprint import bp

__all__ = ["bp"]
