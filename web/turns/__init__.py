"""Turns at the touchscreen: what somebody has typed so far, in memory only, and the order in which it is asked.

No page stands here: the touchscreen shows them, and whoever else goes on with a turn works on the same draft.
"""

from __future__ import annotations

from flask import current_app

from web.turns.draft import Drafts
from web.turns.phone_forms import PhoneForms


def drafts() -> Drafts:
    """The drafts of this application."""
    found: Drafts = current_app.extensions["drafts"]
    return found


def phone_forms() -> PhoneForms:
    """What visitors of this application type on their own phones."""
    found: PhoneForms = current_app.extensions["phone_forms"]
    return found
