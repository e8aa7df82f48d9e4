"""Any provider of text messages that speaks HTTP, described in the plan."""
