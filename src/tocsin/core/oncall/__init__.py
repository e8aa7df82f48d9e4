"""Rotations, overrides: who, at an instant and over a span. One calculator, or its readers disagree at a clock change."""
