-- Outcomes: for each service, group and period, the outcomes that contacts recorded, added up exactly; nothing is divided here.
--
--   contacts                       all contacts
--   after_n, after_sum             those with an outcome after, and its sum
--   both_n, both_before_sum, both_after_sum   those with an outcome before and after, and the sums over the same contacts
--   resolved_n, resolved_sum       those of which it is known whether they were resolved, and those that were
--
-- By hand: {contacts} is contacts.
SELECT
  c.service,
  c._period AS period,
  c.group AS group,
  count(*) AS contacts,
  count(c.outcome_after) AS after_n,
  CAST(sum(c.outcome_after) AS DECIMAL(38, 10)) AS after_sum,
  count(*) FILTER (WHERE c.outcome_before IS NOT NULL AND c.outcome_after IS NOT NULL) AS both_n,
  CAST(sum(c.outcome_before) FILTER (WHERE c.outcome_after IS NOT NULL) AS DECIMAL(38, 10)) AS both_before_sum,
  CAST(sum(c.outcome_after) FILTER (WHERE c.outcome_before IS NOT NULL) AS DECIMAL(38, 10)) AS both_after_sum,
  count(c.resolved) AS resolved_n,
  count(*) FILTER (WHERE c.resolved) AS resolved_sum
FROM {contacts} AS c
GROUP BY c.service, c._period, c.group
ORDER BY c.service ASC NULLS LAST, c._period ASC NULLS LAST, c.group ASC NULLS LAST
