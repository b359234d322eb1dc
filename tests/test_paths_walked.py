"""Every page that visitors and residents can come to is looked at by a walk in a browser, in every language."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.browser import (
    test_fire_screens,
    test_goods_paths,
    test_host_goods_phone,
    test_host_phone,
    test_own_phone,
    test_returning_visitor,
    test_supervisors_corner,
    test_take_over,
    test_touch_paths,
)

TEMPLATES: Final = Path(__file__).parents[1] / "web/templates"
WALKS: Final = (
    test_fire_screens, test_goods_paths, test_host_goods_phone, test_host_phone, test_own_phone,
    test_returning_visitor, test_supervisors_corner, test_take_over, test_touch_paths,
)  # fmt: skip
"""Each names what its walks see, and fails where they see anything else."""

PARTS: Final = {
    "host/_gate.html", "host/_macros.html", "host/_slip_macros.html", "host/base.html", "phone/_units.html",
    "phone/base.html", "touch/base.html", "touch/found.html", "touch/goods_state.html", "touch/keyboard.html",
    "touch/macros.html", "touch/questions.html", "touch/step.html", "touch/visit_state.html",
}  # fmt: skip
"""What pages are made of: frames, macros, and what a page's script asks for anew."""


def test_every_page_is_on_a_walk() -> None:
    written = {
        f"{kind}/{path.name}" for kind in ("touch", "phone", "host") for path in (TEMPLATES / kind).glob("*.html")
    }
    walked = {page for walks in WALKS for pages in walks.SEEN.values() for page in pages}
    assert written - walked == PARTS
