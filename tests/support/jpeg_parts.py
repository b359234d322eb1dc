"""Takes JPEG pictures apart as Motion-JPEG cameras do."""

from __future__ import annotations

from hardware.drivers.jpeg_frames import DHT, SOS


def without_huffman_tables(data: bytes) -> bytes:
    """Leave out the tables, as many cameras do."""
    kept, at = data[:2], 2
    while True:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == SOS:
            return kept + data[at:]
        if data[at + 1] != DHT:
            kept += data[at:end]
        at = end
