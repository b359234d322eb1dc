"""While the guard goes on with a turn: the touchscreen says so, and shows what became of it as soon as it is known.

The script of every page asks a few times a second whether the guard has the turn (`touch.tell_fire`), and goes here
when that changes; from here the way leads to wherever the turn stands.
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from web.touch.session import bp, go_where_due, start_over, touched


@bp.get("/turn")
def show_turn() -> ResponseReturnValue:
    """Please wait; what the turn has become; the page that is due in it where the guard has given it back."""
    draft = touched()
    if draft is None:
        return start_over()
    return render_template("touch/taken.html") if draft.taken_by else go_where_due(draft)
