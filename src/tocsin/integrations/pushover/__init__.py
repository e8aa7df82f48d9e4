"""Pushover."""
