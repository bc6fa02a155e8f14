"""The journey a second time, by other engines: written from docs/model.md, sharing no line with the models.

An engine is a script that runs in an environment of its own: ``python polars_engine.py LANDING OUT``, and so ``spark_engine.py``. It
reads the landed Parquet that the models read, prints its CPU seconds and writes ``OUT/<table>.parquet`` (a file, or a folder of parts):

- ``sessions``: session_id, started_at (µs UTC), source, medium, channel, arrival, person
- ``identifiers``: identifier_type, identifier, person (strong identifiers only)
- ``touches``: session_id, touchpoint_type, occurred_at (µs UTC), person, journey_number, touchpoint_number
- ``credits``: conversion (transaction id, or session and time of a lead), session_id (null: no touch), model, credit

``person`` names a customer within the engine; the comparison asks for the same partition, not for the same names. It knows as
much of sources and channels as the event sets of ``benchmarks.eventset`` hold, and no costs, so its task is the easier one.
What the engines share is data (``rules``) and the small arithmetic over counted channels (``channel_models``); each counts by itself.
"""
