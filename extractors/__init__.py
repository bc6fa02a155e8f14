"""Extraction: official clients in, one Parquet file a partition out. Never imports airflow.

``python -m extractors <source> --from D --to D --landing DIR`` runs it alone.
"""
