"""The script that an auditor pastes into a DuckDB shell gives the cells that relprod gives."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from relprod.records.contacts import RepeatSettings, measures, sql_script

CONTACTS = """
CREATE TABLE contacts AS SELECT
  concat('c', i) AS contact_id, concat('p', i % 7) AS person_id, 'A' AS service, 'x' AS activity,
  TIMESTAMP '2024-01-01' + i * INTERVAL 1 DAY AS opened, TIMESTAMP '2024-01-01' + (i + i % 9) * INTERVAL 1 DAY AS closed,
  concat('w', i % 3) AS worker_id, 'value' AS demand, i % 2 = 0 AS resolved, CAST(10 AS DECIMAL(22, 10)) AS minutes,
  CAST(1 AS DECIMAL(22, 10)) AS outcome_before, CAST(2 AS DECIMAL(22, 10)) AS outcome_after, 'a' AS area, 'g' AS "group",
  CAST(8096 AS BIGINT) AS _period, 0 AS _file, CAST(i AS BIGINT) AS _line
FROM range(60) AS t(i)
"""
NODES = "CREATE TABLE service_nodes AS SELECT 'A' AS service, node FROM (VALUES ('A'), ('All services')) AS t(node)"
DAYS = "CREATE TABLE days AS SELECT DATE '2024-01-01' + CAST(i AS INTEGER) AS day, CAST(8096 AS BIGINT) AS period FROM range(91) AS t(i)"


@pytest.mark.parametrize("match_on", [(), ("service",)])
def test_the_script_runs_by_hand_and_gives_the_same_cells(match_on):
    settings = RepeatSettings(date(2024, 1, 1), date(2024, 3, 31), match_on=match_on, planned_activities=("a visit o'clock",))
    with duckdb.connect() as con:
        for text in (CONTACTS, NODES, DAYS):
            con.execute(text)
        expected = {name: [tuple(row.values()) for row in table.to_pylist()] for name, table in measures(con, settings).items()}
    assert expected["contact_cells"][0][:4] == ("A", "x", 8096, 60)
    with duckdb.connect() as con:
        answers = [con.execute(text).fetchall() for text in (CONTACTS, NODES, DAYS, *sql_script(settings).split(";\n\n"))]
    names = ["contact_cells", *([] if match_on else ["repeat_origins"]), "repeat_risk", "continuity", "outcomes"]
    assert [expected[name] for name in names] == answers[-len(names) :]
    assert all(answers[-len(names) :])
