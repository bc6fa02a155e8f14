"""The web events that benchmarks are measured on, made by hashing numbers: the same rows on every machine (of one DuckDB version).

A set is a landing zone in the documented schemas (docs/landing.md), which the real models build, and beside it the same events
as a flat table for other engines. A smaller set holds a part of the devices of a larger one over the same days, with the same rows.
"""
