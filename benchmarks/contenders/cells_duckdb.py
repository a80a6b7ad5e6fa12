"""DuckDB: read the activity file of the study folder and add up what each activity cost, exactly; no index, no checks."""

import sys

import duckdb

QUERY = """
SELECT service, activity, period, sum(volume), sum(CAST(volume * unit_cost AS DECIMAL(38, 6))) AS cost
FROM read_csv($path, columns = {
  service: 'VARCHAR', activity: 'VARCHAR', period: 'VARCHAR', volume: 'DECIMAL(14, 2)', unit_cost: 'DECIMAL(14, 4)'
})
GROUP BY service, activity, period
ORDER BY service, activity, period
"""

with duckdb.connect() as connection:
    print(len(connection.sql(QUERY, params={"path": f"{sys.argv[1]}/activity.csv"}).to_arrow_table()))
