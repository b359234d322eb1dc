"""Simulated devices: the rules of the real ones, a surface to act as the world, a timed history."""
