-- Control totals: for each total of the ledger, the exact sum of what it speaks of.
--
-- {relation}, {column} and {period} are filled in by relprod from its own names, never from data. A control without a
-- service covers every service; with one, that service and all below it. Without a period it covers every period; with a
-- year, that year's.
SELECT
  c._file AS file,
  c._line AS line,
  CAST(sum(t.{column}) AS DECIMAL(38, 10)) AS total
FROM controls AS c
LEFT JOIN {relation} AS t
  ON (c.service IS NULL OR c.service = 'All services' OR t.service = c.service OR starts_with(t.service, concat(c.service, ' > ')))
  AND (c._period IS NULL OR (t.{period} >= c._period AND t.{period} <= c._period_last))
WHERE c.table = '{table}' AND c.column = '{control}'
GROUP BY c._file, c._line
ORDER BY c._file ASC NULLS LAST, c._line ASC NULLS LAST
