"""What the command line does, one module a command. The outermost layer, together with `kiosk.__main__`."""
