"""The files that pages are made of: style sheets, scripts, icons. A browser fetches each of them once.

Their address has a digest of all of them in it, so that it changes when one of them does, and what is read from it may
be kept without ever asking again (RFC 8246). What they name within themselves by a relative address, icons and other
scripts, lies below the same digest.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, current_app

_FOLDER: Final = Path(__file__).parent / "static"
_KEPT_S: Final = 365 * 24 * 3600
"""The longest that anything is kept for by custom (RFC 2616, 14.21)."""


def init_app(app: Flask) -> None:
    """Answer with the files, below `/static/`, and write their addresses so for `url_for("static", filename=...)`."""
    app.static_folder = str(_FOLDER)
    app.add_url_rule("/static/<digest>/<path:filename>", "static", _send)
    app.url_defaults(_add_digest)


@cache
def digest_of_files() -> str:
    """A short digest of all files and their names, read once in the life of a process."""
    whole = hashlib.sha256()
    for path in sorted(path for path in _FOLDER.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(_FOLDER).as_posix()}\0{path.stat().st_size}\0".encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("digest", digest_of_files())


def _send(digest: str, filename: str) -> Response:
    answer = current_app.send_static_file(filename)
    if digest == digest_of_files():
        answer.cache_control.public = True
        answer.cache_control.no_cache = None
        answer.cache_control.max_age = _KEPT_S
        answer.cache_control.immutable = True
    # Otherwise a page from before an update asks. It gets what there is, and may not keep it under another's address.
    return answer
