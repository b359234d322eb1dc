"""The capabilities of the gate, one module each: the only callers of store and hardware."""
