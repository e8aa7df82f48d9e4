"""The commands of `tocsin incident`, by what they are about."""
