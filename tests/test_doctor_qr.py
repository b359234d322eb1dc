"""`python -m kiosk doctor qr`: what an installer learns of a photograph."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk import doctor_qr
from tests.support import qr_pictures as pictures


def examine(*paths: Path) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = doctor_qr.run(paths, out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_one_line_for_each_image_in_order(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(pictures.png(pictures.scene(pictures.symbol(b"ONE"))))
    (tmp_path / "two.jpg").write_bytes(pictures.jpeg(pictures.scene(pictures.symbol("二".encode()))))
    (tmp_path / "none.png").write_bytes(pictures.png(pictures.scene()))
    paths = [tmp_path / name for name in ("two.jpg", "none.png", "one.png")]
    code, answers = examine(*paths)
    assert code == 0
    assert [answer["image"] for answer in answers] == [str(path) for path in paths]
    assert [answer["texts"] for answer in answers] == [["二"], [], ["ONE"]]
    for answer in answers:
        assert set(answer) == {"image", "texts", "ms"}
        assert isinstance(answer["ms"], float)
        assert answer["ms"] > 0


def test_several_codes_in_one_photograph(tmp_path: Path) -> None:
    image = tmp_path / "sheet.png"
    image.write_bytes(pictures.png(pictures.scene(*(pictures.symbol(text) for text in (b"A", b"B", b"C")))))
    _, (answer,) = examine(image)
    assert sorted(answer["texts"]) == ["A", "B", "C"]


def test_what_would_not_scan_is_tried_thoroughly(tmp_path: Path) -> None:
    image = tmp_path / "curled.png"
    curled = pictures.curled(pictures.symbol(b"CURLED RECEIPT " * 6), bulge=0.03)
    image.write_bytes(pictures.png(pictures.scene(curled)))
    _, (answer,) = examine(image)
    assert answer["texts"] == ["CURLED RECEIPT " * 6]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_a_telephones_large_photograph(kind: str, tmp_path: Path) -> None:
    image = tmp_path / "large"
    pictures.scene(pictures.symbol(b"LARGE", module_px=20), size=(6000, 4000)).save(image, kind)
    code, (answer,) = examine(image)
    assert (code, answer["texts"]) == (0, ["LARGE"])


def test_a_file_that_cannot_be_read_is_said_so_and_the_others_are_done(tmp_path: Path) -> None:
    good, cut, text = tmp_path / "good.png", tmp_path / "cut.png", tmp_path / "text.jpg"
    whole = pictures.png(pictures.symbol(b"GOOD"))
    good.write_bytes(whole)
    cut.write_bytes(whole[:150])
    text.write_text("not a picture")
    code, answers = examine(tmp_path / "missing.png", cut, tmp_path, text, good)
    assert code == 1
    assert answers[-1]["texts"] == ["GOOD"]
    for answer in answers[:-1]:
        assert (answer["texts"], answer["ms"]) == ([], 0)
        assert answer["error"]
    assert answers[0]["error"] == "No such file or directory"


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    image = tmp_path / "bomb.png"
    Image.new("1", (9_000, 9_000)).save(image)
    assert image.stat().st_size < 100_000
    code, (answer,) = examine(image)
    assert code == 1
    assert "9000 x 9000" in str(answer["error"])


def test_a_code_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    image = tmp_path / "escape.png"
    image.write_bytes(pictures.png(pictures.scene(pictures.symbol("\x1b[2J\u202e\x07".encode()))))
    out = io.StringIO()
    doctor_qr.run([image], out)
    line = out.getvalue()
    assert line.isascii()
    assert line.rstrip("\n").isprintable()
    assert json.loads(line)["texts"] == ["\x1b[2J\u202e\x07"]
