"""The ``journey`` command and the steps that the DAGs call: ingest, build, audit, publish, report."""
