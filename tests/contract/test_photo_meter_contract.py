"""What every photo meter does, with a real face in real pictures: one suite, run against each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from hardware.drivers import photo_meter
from hardware.errors import DeviceClosed, DriverUnavailable
from hardware.factory import build
from hardware.interfaces import DeviceKind, PhotoMeter
from hardware.simulated.camera import SimulatedCamera
from kiosk.domain.photo_advice import Advice, advise
from tests.support.faces import Gray, face, gray


def _advice(meter: PhotoMeter, picture: Gray) -> Advice:
    measured = meter.measure(picture)
    return advise(brightness=measured.brightness, sharpness=measured.sharpness, faces=measured.faces)


class PhotoMeterContract:
    """The suite."""

    driver: str

    @pytest.fixture
    def meter(self) -> Iterator[PhotoMeter]:
        device = build(DeviceKind.PHOTO_METER, self.driver, {})
        assert isinstance(device, PhotoMeter)
        with device:
            yield device

    def test_a_face_is_found_and_its_size_told(self, meter: PhotoMeter) -> None:
        for part in (0.25, 0.4, 0.6):
            (found,) = meter.measure(gray(face(part))).faces
            assert found == pytest.approx(part, abs=0.06)

    def test_the_size_is_the_same_whatever_the_camera(self, meter: PhotoMeter) -> None:
        (large,) = meter.measure(gray(face(0.4))).faces
        (small,) = meter.measure(gray(face(0.4).resize((320, 180)))).faces
        assert small == pytest.approx(large, abs=0.04)

    @pytest.mark.parametrize(
        ("picture", "advice"),
        [
            (face(), Advice.GOOD),
            (face(light=0.15), Advice.TOO_DARK),
            (face(light=2.0), Advice.TOO_BRIGHT),
            (face(0.22), Advice.COME_CLOSER),
            (face(0.9), Advice.STEP_BACK),
            (face(0.3, count=2), Advice.ONE_FACE),
            (face(blur_px=5), Advice.HOLD_STILL),
            (face().rotate(90), Advice.LOOK_HERE),
            (Image.new("L", (1280, 720), 120), Advice.LOOK_HERE),
        ],
    )
    def test_advice_on_pictures(self, meter: PhotoMeter, picture: Image.Image, advice: Advice) -> None:
        assert _advice(meter, gray(picture)) is advice

    @pytest.mark.parametrize("size", [(1280, 720), (640, 480), (320, 240)])
    def test_somebody_is_before_a_simulated_camera(self, meter: PhotoMeter, size: tuple[int, int]) -> None:
        with SimulatedCamera(width_px=size[0], height_px=size[1]) as camera:
            assert _advice(meter, camera.read(1.0).gray()) is Advice.GOOD

    @pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (16, 16)])
    def test_the_oddest_picture_is_measured(self, meter: PhotoMeter, shape: tuple[int, int]) -> None:
        assert meter.measure(np.full(shape, 90, np.uint8)).faces == ()

    def test_a_closed_meter_measures_nothing(self, meter: PhotoMeter) -> None:
        meter.close()
        with pytest.raises(DeviceClosed):
            meter.measure(gray(face()))


class TestOpenCv(PhotoMeterContract):
    """OpenCV's cascade."""

    driver = "opencv"

    def test_without_its_cascade_it_does_not_open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(photo_meter, "CASCADE", "none.xml")
        with pytest.raises(DriverUnavailable):
            photo_meter.OpenCvPhotoMeter().open()
