"""The heartbeat: the only room with a clock and a transaction."""
