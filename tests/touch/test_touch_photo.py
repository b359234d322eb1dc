"""The photo at the touchscreen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from hardware.supervisor import DeviceCondition
from tests.support.appliance import TestGate, demo_appliance, document, wait_for
from tests.support.faces import face, png
from tests.support.visitor import Visitor, visits
from web import create_app

REQUIRED = document(visits={"kinds": {"guest": {"asks": {"name": "required"}, "photo": "required"}}})


def _at_photo(app: Flask, language: str = "en") -> Visitor:
    visitor = Visitor(app).begin("guest", language=language).go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="何文")
    if visitor.path == "/sign-in/more":
        visitor.send("/sign-in/more", companions="2")
    assert visitor.path == "/sign-in/photo", visitor.page
    return visitor


@pytest.fixture
def at_photo(app: Flask) -> Visitor:
    return _at_photo(app)


@pytest.fixture
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("strict"), settings=REQUIRED) as gate:
        wait_for(gate.appliance.cameras["in"].latest)
        yield gate


def test_a_photo_is_taken_looked_at_taken_again_and_kept(gate: TestGate, at_photo: Visitor) -> None:
    wait_for(gate.appliance.cameras["in"].latest)
    assert Image.open(io.BytesIO(at_photo.client.get("/sign-in/photo/preview.jpg").data)).format == "JPEG"
    assert at_photo.send("/sign-in/photo", do="take").path == "/sign-in/summary", "it is a good one"
    first = at_photo.client.get("/sign-in/photo/taken.jpg").data
    assert f'src="/sign-in/photo/taken.jpg?n={len(first)}"' in at_photo.page
    at_photo.send("/sign-in/change", step="photo")
    assert "Is this photo all right?" in at_photo.page
    assert at_photo.send("/sign-in/photo", do="keep").path == "/sign-in/summary"
    at_photo.send("/sign-in/change", step="photo")
    at_photo.send("/sign-in/photo", do="again")
    assert "A photo for the guard" in at_photo.page
    shown_ns = gate.camera("in").show(png(face(0.5)), 60)
    gate.appliance.cameras["in"].wait_newer(shown_ns, 10)
    assert at_photo.send("/sign-in/photo", do="take").path == "/sign-in/summary"
    shown = at_photo.client.get("/sign-in/photo/taken.jpg")
    assert shown.data != first
    assert shown.headers["Cache-Control"] == "no-store"
    at_photo.send("/sign-in/done", once=at_photo.once)
    photo_id = visits(gate)[0].photo_id
    assert photo_id is not None
    assert gate.appliance.photos.jpeg(photo_id) == shown.data


def test_an_optional_photo_can_be_left_out(gate: TestGate, at_photo: Visitor) -> None:
    at_photo.send("/sign-in/photo", do="skip")
    at_photo.send("/sign-in/done", once=at_photo.once)
    assert (visits(gate)[0].photo_id, visits(gate)[0].companions) == (None, 2)


def test_keeping_needs_a_photo(at_photo: Visitor) -> None:
    assert at_photo.send("/sign-in/photo", do="keep").path == "/sign-in/photo"
    assert at_photo.send("/sign-in/photo", do="something").path == "/sign-in/photo"
    assert at_photo.see("/sign-in/photo/taken.jpg").path == "/sign-in/photo"


def test_the_camera_is_shown_to_nobody_who_is_not_at_the_photo(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.client.get("/sign-in/photo/preview.jpg").status_code == 404
    visitor.begin("guest")
    assert visitor.client.get("/sign-in/photo/preview.jpg").status_code == 404


def test_a_required_photo_cannot_be_left_out_while_the_camera_sees(strict: TestGate) -> None:
    visitor = _at_photo(create_app(strict.appliance))
    assert "Go on without a photo" not in visitor.page
    assert visitor.send("/sign-in/photo", do="skip").path == "/sign-in/photo"


def test_a_camera_that_is_gone_keeps_nobody_out(strict: TestGate) -> None:
    visitor = _at_photo(create_app(strict.appliance))
    strict.camera("in").unplug()
    wait_for(lambda: strict.appliance.cameras["in"].latest() is None)
    strict.wait_for_condition("in.camera", DeviceCondition.FAULT)
    assert "The guard is told." in visitor.see("/sign-in/photo").page
    assert visitor.client.get("/sign-in/photo/preview.jpg").status_code == 404
    assert visitor.send("/sign-in/photo", do="take").path == "/sign-in/photo", "there is nothing to take"
    assert visitor.send("/sign-in/photo", do="skip").path == "/sign-in/summary"
    visitor.send("/sign-in/done", once=visitor.once)
    assert visits(strict)[0].photo_id is None
    assert strict.entries("device.changed", device="in.camera", condition="fault"), "the guard's feed tells it"


@pytest.fixture
def dark(gate: TestGate) -> Iterator[TestGate]:
    """A gate at night: the camera sees a face, barely."""
    shown_ns = gate.camera("in").show(png(face(light=0.1)), 60)
    gate.appliance.cameras["in"].wait_newer(shown_ns, 10)
    yield gate
    shown_ns = gate.camera("in").show(png(face()), 0.001)
    gate.appliance.cameras["in"].wait_newer(shown_ns, 10)


@pytest.mark.usefixtures("dark")
def test_two_poor_photos_are_said_to_be_so_and_the_third_is_taken_as_it_is(at_photo: Visitor) -> None:
    at_photo.send("/sign-in/photo", do="take")
    assert "It is too dark." in at_photo.page
    assert "Use it anyway" not in at_photo.page
    assert at_photo.send("/sign-in/photo", do="keep").path == "/sign-in/photo", "not yet"
    at_photo.send("/sign-in/photo", do="again")
    at_photo.send("/sign-in/photo", do="take")
    assert "It is too dark." in at_photo.page
    assert "Use it anyway" in at_photo.page
    at_photo.send("/sign-in/photo", do="again")
    at_photo.send("/sign-in/photo", do="take")
    assert "Is this photo all right?" in at_photo.page
    assert at_photo.send("/sign-in/photo", do="keep").path == "/sign-in/summary"


@pytest.mark.usefixtures("dark")
def test_the_second_poor_photo_can_be_used(gate: TestGate, at_photo: Visitor) -> None:
    for do in ("take", "again", "take", "keep"):
        at_photo.send("/sign-in/photo", do=do)
    at_photo.send("/sign-in/done", once=at_photo.once)
    assert visits(gate)[0].photo_id is not None


@pytest.mark.usefixtures("dark")
def test_whoever_may_go_on_without_a_photo_may_so_after_a_poor_one(gate: TestGate, at_photo: Visitor) -> None:
    at_photo.send("/sign-in/photo", do="take")
    assert at_photo.send("/sign-in/photo", do="skip").path == "/sign-in/summary"
    at_photo.send("/sign-in/done", once=at_photo.once)
    assert visits(gate)[0].photo_id is None


def test_the_live_picture_is_given_advice_in_the_visitors_language(app: Flask) -> None:
    told = _at_photo(app, "zh_Hant").client.get("/sign-in/photo/advice")
    assert told.json == {"advice": "good", "sentence": "很好，請按下按鈕。"}


def test_advice_is_for_whoever_is_at_the_photo(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.client.get("/sign-in/photo/advice").status_code == 204
    visitor.begin("guest")
    assert visitor.client.get("/sign-in/photo/advice").status_code == 204


@pytest.mark.usefixtures("dark")
def test_goods_are_given_no_advice(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.send("/language", language="en")
    visitor.send("/goods-in")
    visitor.send("/goods-in/carrier", carrier="DHL")
    visitor.go_to("2/C", "2-C-12-A")
    visitor.send("/goods-in/what", category="parcel", pieces="1")
    assert visitor.path == "/goods-in/photo", visitor.page
    assert visitor.client.get("/goods-in/photo/advice").status_code == 204
    assert visitor.send("/goods-in/photo", do="take").path == "/goods-in/summary"


def test_a_page_tells_why_the_photo_is_taken_and_how_long_it_is_kept(at_photo: Visitor) -> None:
    assert "/sign-in/photo/why" in at_photo.page
    at_photo.see("/sign-in/photo/why")
    assert "It is deleted 30 days after your visit" in at_photo.page
    assert "You can go on without a photo." in at_photo.page


@pytest.mark.parametrize(
    ("alternative", "told"),
    [
        ("guard", "Please ask the guard, who can sign you in without a photo."),
        ("resident", "Please ask the resident to meet you at the gate."),
        ("none", None),
    ],
)
def test_where_a_photo_is_required_the_settings_alternative_is_offered(
    tmp_path: Path, alternative: str, told: str | None
) -> None:
    settings = document(
        visits=REQUIRED["visits"] | {"keep_days": 1}, touch={"photo_alternative": alternative}
    )  # fmt: skip
    with demo_appliance(tmp_path, settings=settings) as strict:
        wait_for(strict.appliance.cameras["in"].latest)
        page = _at_photo(create_app(strict.appliance)).see("/sign-in/photo/why").page
    assert "It is deleted 1 day after" in page
    assert "You can go on without a photo." not in page
    assert told in page if told else "If you would rather not" not in page
