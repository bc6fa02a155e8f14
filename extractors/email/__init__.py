"""Email platforms, one folder each."""
