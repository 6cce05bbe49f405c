"""Readers of tabular files: delimited text in any dialect, JSON and Parquet, compressed or not."""

from infra.files.opening import FileOptions, open_table
from infra.files.rows import Row, Table

__all__ = ["FileOptions", "Row", "Table", "open_table"]
