"""The boundary to the devices of a gate: interfaces, drivers, simulators, supervision.

Nothing in here knows the estate. Vendor libraries are imported under `hardware.drivers` only.
"""
