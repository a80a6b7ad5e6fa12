"""Where SQL runs: DuckDB, embedded."""
