"""Who is paged or informed next, when, and why (spec sheet 2)."""
