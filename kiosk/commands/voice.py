"""`voice`: every sentence that the touchscreen says aloud, with the name of the file that an estate records it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask_babel import Babel, force_locale

import web
from web.i18n import LANGUAGES
from web.touch.prompts import SPOKEN


def show() -> None:
    """Print a line for each: the file without its suffix, a tab, the sentence."""
    for file, sentence in spoken():
        print(f"{file}\t{sentence}")  # noqa: T201 - a list is what was asked for


def spoken() -> Iterator[tuple[str, str]]:
    """Every file below `touch.voice_dir`, without its suffix (`zh_Hant/start`), and what is said in it."""
    speaker = Flask(__name__)
    Babel(speaker, default_translation_directories=str(Path(web.__file__).parent / "translations"))
    with speaker.app_context():
        for language in LANGUAGES:
            with force_locale(language.code):
                yield from [(f"{language.code}/{key}", str(sentence)) for key, sentence in SPOKEN.items()]
