"""What the plan promises, decided. Pure: no I/O, no clock, no chance, no dependency."""
