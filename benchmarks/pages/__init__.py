"""Rows and pages as the platforms send them, made by number: the same on every machine."""
