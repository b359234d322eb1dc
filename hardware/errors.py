"""What can go wrong with a device, as one family of exceptions.

Each class stands for something a guard or an installer does differently. `str(error)` is a sentence for a
guard; `vendor_reason` keeps what the vendor's library said, for the installer. Classes also inherit the
builtin they resemble, so that generic code may catch `TimeoutError` or `ConnectionError`.
"""

from __future__ import annotations


class HardwareError(Exception):
    """Root of everything a device can raise.

    Attributes:
        code: stable machine-readable word, used on the health page, in the journal and in tests.
        vendor_reason: the text or number of the library below, empty when there is none.
    """

    code = "fault"

    def __init__(self, message: str, *, vendor_reason: object = "") -> None:
        super().__init__(message)
        self.vendor_reason = str(vendor_reason)


class DriverUnavailable(HardwareError, ImportError):
    """The settings name a driver that does not exist or cannot be imported here."""

    code = "driver-unavailable"


class BadDriverOptions(HardwareError, ValueError):
    """The settings give a driver an option it does not know or a value it cannot use."""

    code = "bad-options"


class DeviceUnavailable(HardwareError, ConnectionError):
    """The device is not there: cable out, service stopped, path gone. Reopening may help."""

    code = "unplugged"


class DeviceClosed(DeviceUnavailable):
    """The device was used before `open()` or after `close()`."""

    code = "closed"


class DeviceBusy(HardwareError, BlockingIOError):
    """The device is there but held by somebody else, or still at its last task."""

    code = "busy"


class DeviceTimeout(HardwareError, TimeoutError):
    """The device is there but did not answer in time."""

    code = "timed-out"


class CardGone(HardwareError, ConnectionError):
    """The card was taken away, or fell silent, while it was spoken to. The reader is well."""

    code = "card-gone"


class PrinterNotReady(HardwareError):
    """The printer answers and cannot print; nothing of the job has reached the paper."""

    code = "offline"


class OutOfPaper(PrinterNotReady):
    """The paper has run out."""

    code = "out-of-paper"


class CoverOpen(PrinterNotReady):
    """The cover is open."""

    code = "cover-open"


class PrintUncertain(HardwareError):
    """The job was sent at least in part and nobody can say whether the paper came out.

    Never repeat such a job by itself: a person looks at the paper and decides.
    """

    code = "uncertain"
