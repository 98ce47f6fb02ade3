"""A folder of CSV or Parquet files as a source."""
