"""Gatehouse itself: settings, rules, store, services, and the command line that starts them."""
