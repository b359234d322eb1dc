"""What the touchscreen says aloud: an estate's own recordings, and espeak-ng's voice where there is none.

A recording is a file `LANGUAGE/KEY.wav`, `.mp3` or `.ogg` below the folder that the settings name; `python -m kiosk
voice` lists the keys and what is said for each. What espeak-ng says is made when first asked for and kept in memory.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

VOICES: Final[Mapping[str, str]] = {"zh_Hant": "yue", "zh_Hans": "cmn-latn-pinyin", "en": "en-gb"}
"""espeak-ng's voice for each language: Cantonese is what people in Hong Kong speak. `cmn` by itself reads the pinyin of
Chinese characters as English words in Debian's 1.51; `cmn-latn-pinyin` says them in Mandarin."""

WORDS_A_MINUTE: Final = 150
"""Slower than espeak-ng's 175: outdoors, to strangers, of whom some hear badly."""

LIMIT_S: Final = 5.0
"""espeak-ng takes 10 ms for a sentence on x86; whatever takes so long hangs."""

KINDS: Final[Mapping[str, str]] = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}
"""What a recording may be, and what a browser calls it."""

LARGEST_RECORDING: Final = 2 * 1024 * 1024
MOST_KEPT: Final = 24
"""Sentences: about 150 kB each, so less than 4 MB."""

_PROGRAM: Final = "espeak-ng"
_KEY: Final = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)*")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(_[A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class Speech:
    """A sentence as sound: `data` is a file of the media type `kind`."""

    kind: str
    data: bytes


class Voice:
    """Speaks sentences. Safe to use from any thread: one sentence is made at a time.

    Args:
        recordings: the folder with an estate's own; None, none.
        program: espeak-ng's path; None where it is not installed.
    """

    def __init__(self, recordings: Path | None, *, program: str | None) -> None:
        self._recordings = recordings
        self._program = program
        self._kept: OrderedDict[tuple[str, str], Speech] = OrderedDict()
        self._lock = threading.Lock()

    def can_speak(self, language: str) -> bool:
        """Tell whether there is any voice for a language, so that none is offered where nothing would be heard."""
        if self._program is not None and language in VOICES:
            return True
        return self._recordings is not None and (self._recordings / language).is_dir()

    def say(self, key: str, sentence: str, language: str) -> Speech | None:
        """The recording of that key, or the sentence in espeak-ng's voice; None when neither can be had.

        Args:
            key: lower-case words with dashes between; anything else has no recording.
            language: the product's code for it, `zh_Hant`.
        """
        return self._recorded(key, language) or self._spoken(sentence, language)

    def _recorded(self, key: str, language: str) -> Speech | None:
        if self._recordings is None or not _KEY.fullmatch(key) or not _LANGUAGE.fullmatch(language):
            return None
        for suffix, kind in KINDS.items():
            path = self._recordings / language / f"{key}{suffix}"
            try:
                if path.stat().st_size <= LARGEST_RECORDING:
                    return Speech(kind, path.read_bytes())
                log.warning("%s is too large to be played", path)
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("%s cannot be played: %s", path, error.strerror)
        return None

    def _spoken(self, sentence: str, language: str) -> Speech | None:
        if self._program is None or language not in VOICES:
            return None
        with self._lock:
            known = self._kept.get((sentence, language))
            if known is None:
                data = _synthesize(self._program, VOICES[language], sentence)
                if data is None:
                    return None
                known = Speech(KINDS[".wav"], data)
                self._kept[sentence, language] = known
                if len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end((sentence, language))
            return known


def find_program(which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Where espeak-ng is installed; None where it is not."""
    return which(_PROGRAM)


def _synthesize(program: str, voice: str, sentence: str) -> bytes | None:
    # By the standard input, so that no sentence is ever taken for an option; -b 1 says that it is UTF-8.
    command = [program, "-v", voice, "-s", str(WORDS_A_MINUTE), "-b", "1", "--stdin", "--stdout"]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing of a visitor's in it
            command, input=sentence.encode(), capture_output=True, timeout=LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("espeak-ng cannot speak: %s", type(error).__name__)
        return None
    return _with_sizes(done.stdout) if done.stdout.startswith(b"RIFF") else None


def _with_sizes(wav: bytes) -> bytes:
    """Correct the two lengths in a WAV file's head: espeak-ng cannot know them when it writes to a pipe."""
    head = wav.find(b"data", 12)
    if head < 0:
        return wav
    sound = wav[head + 8 :]
    whole, rest = (len(wav) - 8).to_bytes(4, "little"), len(sound).to_bytes(4, "little")
    return b"RIFF" + whole + wav[8 : head + 4] + rest + sound
