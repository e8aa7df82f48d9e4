"""The outside world: one folder a vendor, found by being there."""
