"""The same text of SQL on Spark gives the same cells as on DuckDB. Needs pyspark and Java, which are no dependencies: skipped without.

Only how a relation is kept differs between the two: a temporary table there, a view here.
"""

from __future__ import annotations

import re
from datetime import date

import duckdb
import pytest

from relprod.records.contacts import RepeatSettings, sql_script

from .test_by_hand import DAYS

sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")

CONTACTS = """
CREATE TABLE contacts AS SELECT
  concat('c', i) AS contact_id,
  CASE WHEN i % 31 = 0 THEN NULL WHEN i % 29 = 0 THEN 'UNKNOWN' ELSE concat('p', i % 13) END AS person_id,
  CASE WHEN i % 5 < 3 THEN 'A' ELSE 'B' END AS service,
  CASE WHEN i % 11 = 0 THEN 'a visit' ELSE 'x' END AS activity,
  TIMESTAMP '2024-01-01 09:00:00' + (i // 3) * INTERVAL 1 DAY AS opened,
  CASE WHEN i % 17 <> 0 THEN TIMESTAMP '2024-01-01 09:00:00' + (i // 3 + i % 19) * INTERVAL 1 DAY END AS closed,
  CASE WHEN i % 7 <> 0 THEN concat('w', i % 3) END AS worker_id,
  CASE i % 3 WHEN 0 THEN 'value' WHEN 1 THEN 'failure' END AS demand,
  CASE WHEN i % 4 <> 0 THEN i % 2 = 0 END AS resolved,
  CAST(i % 50 + 0.25 AS DECIMAL(22, 10)) AS minutes,
  CASE WHEN i % 6 <> 0 THEN CAST(i % 10 AS DECIMAL(22, 10)) END AS outcome_before,
  CAST(i % 12 AS DECIMAL(22, 10)) AS outcome_after,
  concat('E', i % 4) AS area,
  concat('g', i % 2) AS "group",
  CAST(8096 + i // 120 AS BIGINT) AS _period,
  0 AS _file,
  CAST(i AS BIGINT) AS _line
FROM range(240) AS t(i)
"""
NODES = """
CREATE TABLE service_nodes AS
SELECT * FROM (VALUES ('A', 'A'), ('A', 'All services'), ('B', 'B'), ('B', 'All services')) AS t(service, node)
"""
KEPT = re.compile(r"CREATE TEMP TABLE (\w+) AS\n(.*)", re.DOTALL)
EMPTY = re.compile(r"CREATE TEMP TABLE (\w+) \((\w+) VARCHAR\)")
INSERTED = re.compile(r"INSERT INTO (\w+) VALUES \((.*)\)")


@pytest.fixture(scope="module")
def spark():
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
    session = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.timestampType", "TIMESTAMP_NTZ").getOrCreate()
    yield session
    session.stop()


@pytest.mark.parametrize("match_on", [(), ("service",), ("area", "activity")])
def test_the_script_gives_the_same_on_spark(spark, tmp_path, match_on):
    settings = RepeatSettings(
        date(2024, 1, 1), date(2024, 3, 31), match_on=match_on, planned_activities=("a visit",), placeholder_ids=("UNKNOWN",)
    )
    texts = sql_script(settings).rstrip(";\n").split(";\n\n")
    expected = []
    with duckdb.connect() as con:
        for text in (CONTACTS, NODES, DAYS):
            con.execute(text)
        for name in ("contacts", "service_nodes", "days"):
            con.execute(f"COPY {name} TO '{tmp_path}/{name}.parquet' (FORMAT parquet)")
            spark.read.parquet(f"{tmp_path}/{name}.parquet").createOrReplaceTempView(name)
        for text in texts:
            rows = con.execute(text).fetchall()
            expected += [] if text.startswith(("CREATE", "INSERT")) else [rows]
    found = []
    for text in texts:
        if kept := KEPT.search(text):
            spark.sql(kept[2]).createOrReplaceTempView(kept[1])
        elif empty := EMPTY.search(text):
            spark.createDataFrame([], f"{empty[2]} STRING").createOrReplaceTempView(empty[1])
        elif inserted := INSERTED.search(text):
            spark.sql(f"SELECT * FROM {inserted[1]} UNION ALL SELECT {inserted[2]}").createOrReplaceTempView(inserted[1])  # noqa: S608 - a test
        else:
            found.append([tuple(row) for row in spark.sql(text).collect()])
    assert len(found) == (4 if "service" in match_on else 5)
    assert all(found)
    assert found == expected
