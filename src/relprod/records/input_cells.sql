-- Input cells: for each service, kind of input and period, its expenditure and either its volume or its deflator.
--
-- The deflator is the one for the period, else the one for the year. No two rows share a key, so nothing is added up.
SELECT
  i.service,
  i.input,
  i._period AS period,
  i.expenditure,
  i.volume,
  coalesce(of_period.index, of_year.index) AS deflator
FROM inputs AS i
LEFT JOIN deflators AS of_period
  ON of_period.deflator = i.deflator AND of_period._period = i._period AND of_period._period_last = i._period
LEFT JOIN deflators AS of_year
  ON of_year.deflator = i.deflator AND of_year._period < of_year._period_last
  AND i._period >= of_year._period AND i._period <= of_year._period_last
ORDER BY i.service ASC NULLS LAST, i.input ASC NULLS LAST, i._period ASC NULLS LAST
