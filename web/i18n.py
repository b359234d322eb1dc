"""Languages: Traditional Chinese, Simplified Chinese, English, and whichever else has a catalogue.

A further language is a file away: `web/translations/CODE/LC_MESSAGES/messages.po`, CODE as Babel writes it. What the
settings say in three languages, the estate's name among it, is shown in English there.

A visitor chooses with one touch, and the choice is forgotten with the visit; their own phone speaks its language until
they choose. Guards keep theirs in a cookie; without
one their browser is asked. Programs are answered in English. Chinese is chosen by its script: a browser says zh-HK
or zh-CN, which Babel's own negotiation does not connect to either catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from flask import Flask, request, session
from flask_babel import Babel, get_locale

from kiosk.appliance import Appliance
from kiosk.config import EstateSettings


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the product: Babel's code, the tag that HTML wants (BCP 47), its own name for itself."""

    code: str
    tag: str
    name: str


TRANSLATIONS: Final = Path(__file__).parent / "translations"
_OURS: Final = (
    Language("zh_Hant", "zh-Hant-HK", "繁體中文"),
    Language("zh_Hans", "zh-Hans-CN", "简体中文"),
    Language("en", "en", "English"),
)


def languages_in(folder: Path) -> tuple[Language, ...]:
    """The product's own three, and one for each further catalogue in a folder, by their codes."""
    own = {language.code for language in _OURS}
    found = {path.parents[1].name for path in folder.glob("*/LC_MESSAGES/messages.po")}
    return _OURS + tuple(_language(code) for code in sorted(found - own))


def _language(code: str) -> Language:
    name = Locale.parse(code).get_display_name() or code
    return Language(code, code.replace("_", "-"), name[0].upper() + name[1:])


LANGUAGES: Final = languages_in(TRANSLATIONS)
"""In the order of the buttons; the first is the touchscreen's own."""

DEFAULT_LANGUAGE: Final = LANGUAGES[0]
PANEL_LOCALE_COOKIE: Final = "gatehouse_locale"
TOUCH_LOCALE_KEY: Final = "locale"
"""Where the visitor's choice lies in the session."""

_BY_CODE: Final = {language.code: language for language in LANGUAGES}
_FURTHER: Final = {Locale.parse(language.code).language: language.code for language in LANGUAGES[len(_OURS) :]}
_IN_ENGLISH: Final = ("/api", "/healthz", "/metrics")
_BY_BROWSER: Final = ("/panel", "/simulator", "/r")
_BY_PHONE: Final = ("/v",)


def init_app(app: Flask) -> None:
    """Speak the reader's language on every page of an application whose appliance is in place."""
    appliance: Appliance = app.extensions["appliance"]
    Babel(
        app,
        default_locale=DEFAULT_LANGUAGE.code,
        default_timezone=appliance.settings.estate.timezone,
        locale_selector=select_locale,
    )

    @app.context_processor
    def _language_of_the_page() -> dict[str, object]:
        return {
            "language": current_language(),
            "languages": LANGUAGES,
            "estate_name": estate_name(appliance.settings.estate),
        }


def select_locale() -> str:
    """The code of the language in which this request is answered."""
    if _is_below(_IN_ENGLISH):
        return "en"
    if _is_below(_BY_BROWSER):
        chosen = request.cookies.get(PANEL_LOCALE_COOKIE, "")
        return chosen if is_locale(chosen) else negotiate(request.accept_languages.values())
    chosen = session.get(TOUCH_LOCALE_KEY, "")
    if not is_locale(chosen) and _is_below(_BY_PHONE):
        return negotiate(request.accept_languages.values())
    return chosen if is_locale(chosen) else DEFAULT_LANGUAGE.code


def is_locale(code: object) -> bool:
    """Tell whether a code is that of a language of the product."""
    return code in _BY_CODE


def current_language() -> Language:
    """The language of this request."""
    return _BY_CODE[str(get_locale())]


def negotiate(tags: Iterable[str]) -> str:
    """The language for a browser that wants `tags`, best first; the first of ours when it wants none of them."""
    for tag in tags:
        try:
            wanted = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        if wanted.language == "en":
            return "en"
        if wanted.language in {"zh", "yue"}:
            script = wanted.script if wanted.script in {"Hant", "Hans"} else _script_of(wanted)
            return f"zh_{script}"
        if wanted.language in _FURTHER:
            return _FURTHER[wanted.language]
    return DEFAULT_LANGUAGE.code


def estate_name(estate: EstateSettings) -> str:
    """The estate's name as the reader writes it."""
    names = {"zh_Hant": estate.name_zh_hant, "zh_Hans": estate.name_zh_hans, "en": estate.name_en}
    return names.get(current_language().code, estate.name_en)


def _script_of(wanted: Locale) -> str:
    # Unicode's likely subtags: zh is Hans, zh-HK, zh-MO and zh-TW are Hant; Cantonese without more is Hong Kong's.
    is_traditional = wanted.territory in {"HK", "MO", "TW"} or (wanted.language == "yue" and wanted.territory != "CN")
    return "Hant" if is_traditional else "Hans"


def _is_below(paths: tuple[str, ...]) -> bool:
    return any(request.path == path or request.path.startswith(f"{path}/") for path in paths)
