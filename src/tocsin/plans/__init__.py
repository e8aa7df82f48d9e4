"""Plans that ship: data only."""
