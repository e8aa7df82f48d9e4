"""New Relic."""
