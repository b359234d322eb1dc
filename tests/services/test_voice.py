"""What is said aloud: recordings first, espeak-ng's own voices else, and silence where there is neither."""

from __future__ import annotations

import io
import stat
import wave
from pathlib import Path

import pytest

from kiosk.services.voice import LARGEST_RECORDING, MOST_KEPT, VOICES, Voice, find_program


@pytest.fixture(scope="module")
def program() -> str:
    found = find_program()
    assert found is not None, "script/bootstrap installs espeak-ng"
    return found


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh_Hant", "歡迎，請問要辦甚麼？"), ("zh_Hans", "欢迎光临，请选择："), ("en", "-v is no option here")],
)
def test_espeak_speaks_every_language_in_a_file_whose_head_is_true(program: str, language: str, sentence: str) -> None:
    speech = Voice(None, program=program).say("start", sentence, language)
    assert speech is not None
    assert speech.kind == "audio/wav"
    with wave.open(io.BytesIO(speech.data)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        assert len(sound.readframes(sound.getnframes())) == sound.getnframes() * sound.getsampwidth()
    assert 0.5 < seconds < 10


def test_mandarin_is_not_read_out_as_english_words(program: str) -> None:
    # Debian's espeak-ng 1.51 has a voice `cmn` that says each syllable as an English word, four times as long.
    speech = Voice(None, program=program).say("start", "请进", "zh_Hans")
    assert speech is not None
    with wave.open(io.BytesIO(speech.data)) as sound:
        assert sound.getnframes() / sound.getframerate() < 1.5


def test_a_recording_comes_first_and_only_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "zh_Hant").mkdir()
    (tmp_path / "zh_Hant" / "start.mp3").write_bytes(b"recorded")
    (tmp_path / "secret.mp3").write_bytes(b"not ours")
    voice = Voice(tmp_path, program=None)
    speech = voice.say("start", "", "zh_Hant")
    assert speech is not None
    assert (speech.kind, speech.data) == ("audio/mpeg", b"recorded")
    assert voice.say("../secret", "", "zh_Hant") is None
    assert voice.say("secret", "", "zh_Hant/..") is None
    assert voice.say("kind", "", "zh_Hant") is None
    assert voice.can_speak("zh_Hant")
    assert not voice.can_speak("en")


def test_a_recording_that_is_far_too_large_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    with (tmp_path / "en" / "start.wav").open("wb") as file:
        file.truncate(LARGEST_RECORDING + 1)
    assert Voice(tmp_path, program=None).say("start", "Welcome.", "en") is None


def test_a_sentence_is_made_once_and_only_so_many_are_kept(tmp_path: Path) -> None:
    calls, program = tmp_path / "calls", tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\necho "$@" >>{calls}\nprintf RIFF....WAVE\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    voice = Voice(None, program=str(program))
    for _ in range(2):
        assert voice.say("start", "Welcome.", "en") is not None
    assert len(calls.read_text().splitlines()) == 1
    for number in range(MOST_KEPT):
        voice.say("start", str(number), "en")
    voice.say("start", "Welcome.", "en")
    assert len(calls.read_text().splitlines()) == MOST_KEPT + 2
    assert f"-v {VOICES['en']} " in calls.read_text()


@pytest.mark.parametrize("script", ["exit 1", "printf nonsense", "printf ''"])
def test_an_espeak_that_fails_is_silence(tmp_path: Path, script: str) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert Voice(None, program=str(program)).say("start", "Welcome.", "en") is None
    assert Voice(None, program=str(tmp_path / "none")).say("start", "Welcome.", "en") is None


def test_without_espeak_nothing_is_offered() -> None:
    voice = Voice(None, program=find_program(lambda _name: None))
    assert not any(voice.can_speak(language) for language in VOICES)
    assert voice.say("start", "Welcome.", "en") is None
