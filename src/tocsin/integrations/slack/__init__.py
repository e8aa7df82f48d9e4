"""Slack: direct messages."""
