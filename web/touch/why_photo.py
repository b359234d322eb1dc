"""Why the photo is taken: what for, who sees it, how long it is kept, and what else can be done.

It promises what the box does: the guards' pages show photos to every account, the residents' to whoever is asked, and
the register's purge takes a photo with its visit.
"""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from web.access import appliance
from web.touch.pages import go, show
from web.touch.session import WAYS, bp, on_any_way
from web.turns.steps import Step, photo_is_required
from web.turns.typed import Typed


@bp.get(f"/{WAYS}/photo/why")
@on_any_way
def tell_why(typed: Typed) -> ResponseReturnValue:
    """The page; a photo of a load needs none."""
    if not typed.looks_at_photo:
        return go(typed, Step.PHOTO)
    settings = appliance().settings
    return show(
        typed, Step.PHOTO, template="touch/why_photo.html", keep_days=settings.visits.keep_days,
        is_required=photo_is_required(typed, settings), alternative=settings.touch.photo_alternative,
    )  # fmt: skip
