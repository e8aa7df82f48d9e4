"""ntfy push."""
