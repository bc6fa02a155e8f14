"""Ratios of two things that give the same answer, measured in the same run: ``python -m benchmarks [name ...]``."""
