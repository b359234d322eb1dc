"""What simulated devices share: a plug that can be pulled, and a queue of things that happened."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Generic, TypeVar

from hardware.errors import DeviceClosed, DeviceUnavailable
from hardware.interfaces import Device

T = TypeVar("T")


class Plug:
    """A device's cable. Pulling it breaks the present opening for good, as it does with a real device.

    After `replug()` the device works again once it has been closed and opened. Methods may be called from any thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._plugged = True
        self._broken = False

    @property
    def unplugged(self) -> bool:
        """Whether the cable is out at this moment."""
        return not self._plugged

    @property
    def broken(self) -> bool:
        """Whether the cable is out, or was since the last `connect()`."""
        return self._broken

    def pull(self) -> None:
        """Pull the cable."""
        self._plugged = False
        self._broken = True

    def put_back(self) -> None:
        """Put the cable back. The opening it was pulled from stays broken."""
        self._plugged = True

    def connect(self) -> None:
        """Begin an opening.

        Raises:
            DeviceUnavailable: the cable is out.
        """
        if not self._plugged:
            raise DeviceUnavailable(f"{self._name} is unplugged")
        self._broken = False

    def require_whole(self) -> None:
        """Raise `DeviceUnavailable` when the cable was pulled since the last `connect()`."""
        if self._broken:
            raise DeviceUnavailable(f"{self._name} was unplugged")


class SimulatedSource(Device, Generic[T]):
    """A simulated device that reports what happens, in order. Every method may be called from any thread."""

    def __init__(self, name: str) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._plug = Plug(name)
        self._name = name
        self._is_open = False
        self._happened: deque[T] = deque()

    def open(self) -> None:
        """See `Device.open`."""
        with self._changed:
            if self._is_open:
                return
            self._plug.connect()
            self._happened.clear()
            self._is_open = True
            self._opened()

    def close(self) -> None:
        """See `Device.close`."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()

    @property
    def unplugged(self) -> bool:
        """Whether the cable is out at this moment."""
        return self._plug.unplugged

    def unplug(self) -> None:
        """Pull the cable: a blocked call raises `DeviceUnavailable` at once, and so does `open()`."""
        with self._changed:
            self._plug.pull()
            self._changed.notify_all()

    def replug(self) -> None:
        """Put the cable back; the device works again once it was closed and opened."""
        with self._changed:
            self._plug.put_back()

    def _opened(self) -> None:
        """Hook: the device has just been opened, with nothing reported yet."""

    def _report(self, happening: T) -> None:
        """Queue what happened for whoever waits; what happens to a device that is not in use is nobody's news."""
        with self._changed:
            if self._is_open and not self._plug.unplugged:
                self._happened.append(happening)
                self._changed.notify_all()

    def _require_usable(self) -> None:
        if not self._is_open:
            raise DeviceClosed(f"{self._name} is not open")
        self._plug.require_whole()

    def _next(self, timeout_s: float) -> T | None:
        """Wait for the next happening; None when `timeout_s` passed."""
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                self._require_usable()
                if self._happened:
                    return self._happened.popleft()
                remaining_s = deadline_s - time.monotonic()
                if remaining_s <= 0:
                    return None
                self._changed.wait(remaining_s)
