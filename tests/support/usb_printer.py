"""A printer on USB for pyusb, as a backend of its own: descriptors, endpoints, a cable to pull.

Its endpoints are not those python-escpos assumes, it takes a job in short pieces, and it answers with the errors
libusb gives: a timeout when there is nothing to read, "no such device" once the cable is out.
"""

from __future__ import annotations

import array
import errno
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import usb.backend
import usb.core

from tests.support.escpos_peer import PrinterEngine

VENDOR_ID, PRODUCT_ID = 0x04B8, 0x0202
OUT_ENDPOINT, IN_ENDPOINT, PACKET_BYTES = 0x03, 0x84, 64
_SHORT_WRITE_BYTES = 1000

_DEVICE = {
    "bLength": 18, "bDescriptorType": 1, "bcdUSB": 0x0200, "bDeviceClass": 0, "bDeviceSubClass": 0,
    "bDeviceProtocol": 0, "bMaxPacketSize0": 64, "idVendor": VENDOR_ID, "idProduct": PRODUCT_ID, "bcdDevice": 0x0100,
    "iManufacturer": 0, "iProduct": 0, "iSerialNumber": 0, "bNumConfigurations": 1, "address": 1, "bus": 1,
    "port_number": 1, "port_numbers": (1,), "speed": 3,
}  # fmt: skip
_CONFIGURATION = {
    "bLength": 9, "bDescriptorType": 2, "wTotalLength": 32, "bNumInterfaces": 2, "bConfigurationValue": 1,
    "iConfiguration": 0, "bmAttributes": 0xC0, "bMaxPower": 1, "extra_descriptors": [],
}  # fmt: skip


def _interface(number: int, interface_class: int, endpoints: int) -> SimpleNamespace:
    return SimpleNamespace(
        bLength=9, bDescriptorType=4, bInterfaceNumber=number, bAlternateSetting=0, bNumEndpoints=endpoints,
        bInterfaceClass=interface_class, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
    )  # fmt: skip


def _endpoint(address: int, attributes: int) -> SimpleNamespace:
    return SimpleNamespace(
        bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=attributes, wMaxPacketSize=PACKET_BYTES,
        bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
    )  # fmt: skip


_BULK, _INTERRUPT = 2, 3
_INTERFACES = (
    (_interface(0, 3, 1), (_endpoint(0x81, _INTERRUPT),)),  # some printers carry a keyboard for their own set-up
    (_interface(1, 7, 2), (_endpoint(OUT_ENDPOINT, _BULK), _endpoint(IN_ENDPOINT, _BULK))),
)


class UsbPrinterPeer(usb.backend.IBackend):
    """Stands in for libusb with one printer plugged in."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = PrinterEngine()
        self.held_elsewhere = False
        self._plugged = True
        self._generation = 0
        self._answers = bytearray()
        self._answered = threading.Condition()

    def unplug(self) -> None:
        self._plugged = False

    def replug(self) -> None:
        self._plugged = True
        self._generation += 1

    def enumerate_devices(self) -> Iterator[int]:
        return iter([self._generation] if self._plugged else [])

    def get_parent(self, _dev: int) -> None:
        return None

    def get_device_descriptor(self, _dev: int) -> SimpleNamespace:
        return SimpleNamespace(**_DEVICE)

    def get_configuration_descriptor(self, _dev: int, config: int) -> SimpleNamespace:
        if config:
            raise IndexError
        return SimpleNamespace(**_CONFIGURATION)

    def get_interface_descriptor(self, _dev: int, intf: int, alt: int, _config: int) -> SimpleNamespace:
        if alt:
            raise IndexError
        return _INTERFACES[intf][0]

    def get_endpoint_descriptor(self, _dev: int, ep: int, intf: int, _alt: int, _config: int) -> SimpleNamespace:
        return _INTERFACES[intf][1][ep]

    def open_device(self, dev: int) -> int:
        return dev

    def close_device(self, _handle: int) -> None:
        return

    def set_configuration(self, _handle: int, _value: int) -> None:
        return

    def get_configuration(self, _handle: int) -> int:
        return 1

    def claim_interface(self, _handle: int, intf: int) -> None:
        if intf != 1:
            raise usb.core.USBError("Invalid parameter", -2, errno.EINVAL)
        if self.held_elsewhere:
            raise usb.core.USBError("Resource busy", -6, errno.EBUSY)

    def release_interface(self, _handle: int, _intf: int) -> None:
        return

    def reset_device(self, _handle: int) -> None:
        return

    def bulk_write(self, handle: int, ep: int, _intf: int, data: array.array[int], _timeout: int) -> int:
        self._check(handle, ep, OUT_ENDPOINT)
        taken = bytes(data[:_SHORT_WRITE_BYTES])
        if not self.engine.feed(taken, self._answer):
            self.unplug()
        return len(taken)

    def bulk_read(self, handle: int, ep: int, _intf: int, buff: array.array[int], timeout: int) -> int:
        self._check(handle, ep, IN_ENDPOINT)
        if len(buff) % PACKET_BYTES:
            raise usb.core.USBError("Overflow", -8, errno.EOVERFLOW)
        with self._answered:
            if not self._answered.wait_for(lambda: self._answers, timeout / 1000):
                raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
            count = min(len(buff), len(self._answers))
            buff[:count] = array.array("B", self._answers[:count])
            del self._answers[:count]
            return count

    def _answer(self, answer: bytes) -> None:
        with self._answered:
            self._answers += answer
            self._answered.notify_all()

    def _check(self, handle: int, ep: int, expected: int) -> None:
        if not self._plugged or handle != self._generation:
            raise usb.core.USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        if ep != expected:
            raise usb.core.USBError("Entity not found", -5, errno.ENOENT)
