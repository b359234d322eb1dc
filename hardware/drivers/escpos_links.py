"""The four ways to a receipt printer, as one kind of byte stream.

python-escpos takes hold of USB and serial printers. Bytes then go straight to what it opened, not through its `_raw()`
and `_read()`: those open a closed connection again by themselves, drop the count of a short USB write, and wait without
limit. The network and the kernel's printer file are opened here: python-escpos leaves a socket behind at each failed
attempt and knows IPv4 only, and it opens the file for writing only, so that the printer could never be asked how it is.
Every wait is cut into slices, so that `close()` from another thread ends it soon.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import termios
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, Generic, TypeVar

import serial
import usb.core
import usb.util
from escpos.exceptions import DeviceNotFoundError
from escpos.printer import Serial, Usb

from hardware.errors import DeviceBusy, DeviceClosed, DeviceTimeout, DeviceUnavailable, HardwareError

_SLICE_S: Final = 0.2
_CHUNK_BYTES: Final = 4096
_CONNECT_S: Final = 3.0
_UNACKNOWLEDGED_MS: Final = 4000
"""TCP_USER_TIMEOUT: a network printer whose plug was pulled is gone after this long instead of a quarter of an hour."""

_USB_PRINTER_CLASS: Final = 7  # USB-IF, "Device Class Definition for Printing Devices" 1.1, section 4.2.1
_USB_STRAY_ERRNO: Final = frozenset({errno.ETIMEDOUT, errno.EAGAIN})


H = TypeVar("H")
T = TypeVar("T")


class Link(ABC, Generic[H]):
    """A byte stream to a printer. One thread reads and writes; `close()` may come from any."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bytes_written = 0
        self._handle: H | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection; it may be broken all the same."""
        return self._handle is not None

    def open(self) -> None:
        """Connect. Does nothing on an open link.

        Raises:
            DeviceUnavailable, DeviceBusy: the printer is not there, or somebody else holds it.
        """
        if self._handle is not None:
            return
        self._closing.clear()
        try:
            handle = self._connect()
        except HardwareError:
            raise
        except (OSError, DeviceNotFoundError, serial.SerialException) as error:
            raise _opening_error(self.name, error) from error
        with self._lock:
            self._handle = handle

    def close(self) -> None:
        """Disconnect; a read or write in another thread ends with `DeviceClosed` within a fraction of a second."""
        self._closing.set()
        with self._lock:
            handle, self._handle = self._handle, None
            if handle is None:
                return
            with suppress(OSError, serial.SerialException):  # what is gone cannot be closed better
                self._disconnect(handle)

    def write(self, data: bytes, stall_s: float) -> None:
        """Send all of `data`. `bytes_written` tells how much was taken, also after an error.

        Raises:
            DeviceTimeout: nothing was taken for `stall_s` seconds.
            DeviceUnavailable: the connection broke.
        """
        position = 0
        progress_s = time.monotonic()
        while position < len(data):
            chunk = data[position : position + _CHUNK_BYTES]
            taken = self._do(partial(self._send, chunk=chunk))
            if taken:
                position += taken
                self.bytes_written += taken
                progress_s = time.monotonic()
            elif time.monotonic() - progress_s > stall_s:
                raise DeviceTimeout(f"the printer at {self.name} takes no more data")

    def read(self, timeout_s: float) -> bytes:
        """Wait for bytes; empty when none came within `timeout_s`.

        Raises:
            DeviceUnavailable: the connection broke.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            wait_s = min(_SLICE_S, max(0.0, deadline_s - time.monotonic()))
            received = self._do(partial(self._receive, wait_s=wait_s))
            if received or time.monotonic() >= deadline_s:
                return received

    def _do(self, action: Callable[[H], T]) -> T:
        with self._lock:
            if self._handle is None or self._closing.is_set():
                raise DeviceClosed(f"the printer at {self.name} is not open")
            try:
                return action(self._handle)
            except HardwareError:
                raise
            except (OSError, serial.SerialException) as error:  # pyusb's USBError is an OSError
                raise DeviceUnavailable(f"the printer at {self.name} is gone", vendor_reason=error) from error

    @abstractmethod
    def _connect(self) -> H:
        """Open and return the connection."""

    @abstractmethod
    def _disconnect(self, handle: H) -> None:
        """Close the connection."""

    @abstractmethod
    def _send(self, handle: H, chunk: bytes) -> int:
        """Send some of `chunk` and tell how much; 0 when none was taken for a slice."""

    @abstractmethod
    def _receive(self, handle: H, wait_s: float) -> bytes:
        """Return what has come, at the latest after `wait_s`; empty for silence."""


def _opening_error(name: str, error: Exception) -> HardwareError:
    """Tell apart what an installer does differently: held by another program, not allowed, or not there."""
    number = next(
        (e.errno for e in (error, error.__cause__, error.__context__) if isinstance(e, OSError) and e.errno), None
    )
    if number == errno.EBUSY:
        return DeviceBusy(f"the printer at {name} is held by another program", vendor_reason=error)
    if number in {errno.EACCES, errno.EPERM}:
        return DeviceUnavailable(f"the printer at {name} may not be opened by this user", vendor_reason=error)
    return DeviceUnavailable(f"there is no printer at {name}", vendor_reason=error)


class NetworkLink(Link[socket.socket]):
    """A printer that listens on a TCP port, 9100 on nearly all of them."""

    def __init__(self, *, host: str, port: int = 9100) -> None:
        if not isinstance(host, str) or not host:
            raise ValueError("host is the printer's name or address")
        if not isinstance(port, int) or not 0 < port < 65536:
            raise ValueError("port is a number from 1 to 65535")
        super().__init__(f"{host}:{port}")
        self._address = (host, port)

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=_CONNECT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
        connection.settimeout(_SLICE_S)
        return connection

    def _disconnect(self, handle: socket.socket) -> None:
        handle.close()

    def _send(self, handle: socket.socket, chunk: bytes) -> int:
        try:
            return handle.send(chunk)
        except TimeoutError:
            return 0

    def _receive(self, handle: socket.socket, wait_s: float) -> bytes:
        ready, _, _ = select.select([handle], [], [], wait_s)
        if not ready:
            return b""
        received = handle.recv(_CHUNK_BYTES)
        if not received:
            raise DeviceUnavailable(f"the printer at {self.name} has closed the connection")
        return received


class SerialLink(Link[serial.Serial]):
    """A printer on a serial port: eight bits, no parity, one stop bit, as they leave the factory.

    A receipt for 80 mm paper has about 90 kB: 8 s at 115200 baud, 24 s at 38400. Set the printer to the former.
    """

    def __init__(self, *, device: str, baudrate: int = 38400) -> None:
        if not isinstance(device, str) or not device:
            raise ValueError("device is the serial port's path")
        if baudrate not in serial.Serial.BAUDRATES:
            raise ValueError(f"baudrate is one of {', '.join(map(str, serial.Serial.BAUDRATES))}")
        super().__init__(device)
        self._printer = Serial(device, baudrate=baudrate, timeout=0)

    def _connect(self) -> serial.Serial:
        self._printer.open()
        port: serial.Serial = self._printer.device
        port.write_timeout = 0  # each write takes what fits; waiting is done with select
        return port

    def _disconnect(self, handle: serial.Serial) -> None:
        with suppress(termios.error):
            handle.reset_output_buffer()  # or the kernel waits until a printer that holds the line has taken it
        handle.close()  # before python-escpos, which would drain the port and fail on one that is gone
        self._printer.close()

    def _send(self, handle: serial.Serial, chunk: bytes) -> int:
        _, ready, _ = select.select([], [handle.fileno()], [], _SLICE_S)
        return int(handle.write(chunk)) if ready else 0

    def _receive(self, handle: serial.Serial, wait_s: float) -> bytes:
        ready, _, _ = select.select([handle.fileno()], [], [], wait_s)
        return bytes(handle.read(max(1, handle.in_waiting))) if ready else b""


class FileLink(Link[int]):
    """A printer behind the kernel's own driver, `/dev/usb/lp0`."""

    def __init__(self, *, path: str = "/dev/usb/lp0") -> None:
        if not isinstance(path, str) or not path:
            raise ValueError("path is the printer's device file")
        super().__init__(path)

    def _connect(self) -> int:
        return os.open(self.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)

    def _disconnect(self, handle: int) -> None:
        os.close(handle)

    def _send(self, handle: int, chunk: bytes) -> int:
        _, ready, _ = select.select([], [handle], [], _SLICE_S)
        try:
            return os.write(handle, chunk) if ready else 0
        except BlockingIOError:
            return 0

    def _receive(self, handle: int, wait_s: float) -> bytes:
        ready, _, _ = select.select([handle], [], [], wait_s)
        try:
            received = os.read(handle, _CHUNK_BYTES) if ready else b""
        except BlockingIOError:
            received = b""
        if ready and not received:
            self._closing.wait(min(wait_s, 0.02))  # usblp calls itself readable after an empty packet
        return received


class UsbLink(Link[usb.core.Device]):
    """A printer on USB, taken over from the kernel: `/dev/usb/lp0` is gone while and after it is used so.

    Interface and endpoints are read from the descriptors; python-escpos's defaults are right for some Epsons only.
    """

    def __init__(self, *, vendor_id: int, product_id: int) -> None:
        for name, value in (("vendor_id", vendor_id), ("product_id", product_id)):
            if not isinstance(value, int) or not 0 <= value <= 0xFFFF:
                raise ValueError(f"{name} is a number from 0 to 0xFFFF")
        super().__init__(f"USB {vendor_id:04x}:{product_id:04x}")
        self._ids = {"idVendor": vendor_id, "idProduct": product_id}
        self._printer: Usb | None = None
        self._out = self._in = self._packet_bytes = 0

    def _connect(self) -> usb.core.Device:
        try:
            found = usb.core.find(**self._ids)
        except usb.core.NoBackendError as error:
            raise DeviceUnavailable("USB cannot be used here: libusb-1.0 is missing", vendor_reason=error) from error
        if found is None:
            raise DeviceUnavailable(f"there is no printer at {self.name}")
        interface = self._find_endpoints(found)
        usb.util.dispose_resources(found)
        self._printer = Usb(self._ids["idVendor"], self._ids["idProduct"], out_ep=self._out, in_ep=self._in)
        self._printer.open()
        device: usb.core.Device = self._printer.device
        # python-escpos only logs that it could not configure the device; claiming says whether it is ours.
        usb.util.claim_interface(device, interface)
        return device

    def _find_endpoints(self, device: usb.core.Device) -> int:
        """Note the endpoints and return the number of the printer's interface, or else of one with both directions."""
        interfaces = [interface for configuration in device for interface in configuration]
        for interface in sorted(interfaces, key=lambda i: i.bInterfaceClass != _USB_PRINTER_CLASS):
            bulk = [
                e for e in interface if usb.util.endpoint_type(e.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
            ]  # fmt: skip
            out = [e for e in bulk if usb.util.endpoint_direction(e.bEndpointAddress) == usb.util.ENDPOINT_OUT]
            into = [e for e in bulk if usb.util.endpoint_direction(e.bEndpointAddress) == usb.util.ENDPOINT_IN]
            if out and into:
                self._out, self._in = out[0].bEndpointAddress, into[0].bEndpointAddress
                self._packet_bytes = into[0].wMaxPacketSize
                return int(interface.bInterfaceNumber)
        raise DeviceUnavailable(f"the device at {self.name} is no printer: it has no pair of bulk endpoints")

    def _disconnect(self, handle: usb.core.Device) -> None:  # noqa: ARG002 - python-escpos keeps it too
        if self._printer is not None:
            self._printer.close()

    def _send(self, handle: usb.core.Device, chunk: bytes) -> int:
        try:
            return int(handle.write(self._out, chunk, timeout=int(_SLICE_S * 1000)))
        except usb.core.USBError as error:
            return self._silence(error)

    def _receive(self, handle: usb.core.Device, wait_s: float) -> bytes:
        try:
            # Whole packets only: a device that sends more than was asked for makes libusb fail with an overflow.
            return bytes(handle.read(self._in, self._packet_bytes, timeout=max(1, int(wait_s * 1000))))
        except usb.core.USBError as error:
            self._silence(error)
            return b""

    @staticmethod
    def _silence(error: usb.core.USBError) -> int:
        if isinstance(error, usb.core.USBTimeoutError) or error.errno in _USB_STRAY_ERRNO:
            return 0
        raise error


LINKS: Final[Mapping[str, Callable[..., Link[Any]]]] = {
    "network": NetworkLink,
    "usb": UsbLink,
    "serial": SerialLink,
    "file": FileLink,
}
