-- Activity cells: for each service, activity and period, its volume, its value and its failure demand.
--
-- A row's value is its cost where that is given, else its volume times its unit cost: the row's own, else the one in
-- unit_costs for the period, else the one for the year. Rows of several groups are added up. Every sum is exact.
SELECT
  a.service,
  a.activity,
  a._period AS period,
  CAST(sum(a.volume) AS DECIMAL(38, 10)) AS volume,
  CAST(sum(coalesce(
    CAST(a.cost AS DECIMAL(38, 16)),
    CAST(a.volume * coalesce(a.unit_cost, of_period.unit_cost, of_year.unit_cost) AS DECIMAL(38, 16))
  )) AS DECIMAL(38, 16)) AS value,
  CAST(sum(a.failure_volume) AS DECIMAL(38, 10)) AS failure_volume
FROM activity AS a
LEFT JOIN unit_costs AS of_period
  ON of_period.service = a.service AND of_period.activity = a.activity
  AND of_period._period = a._period AND of_period._period_last = a._period
LEFT JOIN unit_costs AS of_year
  ON of_year.service = a.service AND of_year.activity = a.activity
  AND of_year._period < of_year._period_last
  AND a._period >= of_year._period AND a._period <= of_year._period_last
GROUP BY a.service, a.activity, a._period
ORDER BY a.service ASC NULLS LAST, a.activity ASC NULLS LAST, a._period ASC NULLS LAST
