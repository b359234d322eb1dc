"""Real devices. The only place where vendor libraries are imported."""
