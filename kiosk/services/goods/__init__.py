"""Goods in and out of the estate: their register, release slips, and how both are closed and purged."""
