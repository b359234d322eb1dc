"""The rules of the gate, pure: no I/O, no clock, the standard library only."""
