"""Loads and measures on real programs, each measurement a file: python -m bench.run. Never a timed test."""
