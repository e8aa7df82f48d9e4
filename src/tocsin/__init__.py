"""Tocsin: an incident response plan that is checked, run, rehearsed, measured and printed."""

__version__ = "0.1.0"
