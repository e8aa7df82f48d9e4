"""Pretend phones and rooms inside the product."""
