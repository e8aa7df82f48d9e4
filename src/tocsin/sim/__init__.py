"""A seeded pretend world: phones, people, vendors, faults. The engine in it is the real one."""
