"""A resident's own page, on their telephone: whom they expect, who asks for them, who has come, and their goods."""

from __future__ import annotations

from web.host import gate, goods, invitations, open, slips, visits  # noqa: A004, F401 - each adds its routes
from web.host.session import bp

__all__ = ["bp"]
