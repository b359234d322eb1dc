"""The guards' panel: what happens at the gate, and what a guard does about it."""

from __future__ import annotations

import web.panel.alarms
import web.panel.annotations
import web.panel.answers
import web.panel.blocklist
import web.panel.cards
import web.panel.carried
import web.panel.daily_lists
import web.panel.decisions
import web.panel.desk
import web.panel.devices
import web.panel.exports
import web.panel.figures
import web.panel.goods
import web.panel.goods_new
import web.panel.handovers
import web.panel.health
import web.panel.login
import web.panel.muster
import web.panel.navigation
import web.panel.panic
import web.panel.passes
import web.panel.reconciliation
import web.panel.records
import web.panel.residents
import web.panel.self_test
import web.panel.shift
import web.panel.slip_actions
import web.panel.slip_new
import web.panel.slip_release
import web.panel.slips
import web.panel.time_profiles
import web.panel.visits  # noqa: F401 - like the others, it adds its routes to the blueprint
from web.panel.blueprint import bp

__all__ = ["bp"]
