"""Reads a plan folder into `core.plan`: the one YAML reader. Every problem at once, each with file:line:column."""

from tocsin.plan_folder.reader import Reading, read_folder

__all__ = ["Reading", "read_folder"]
