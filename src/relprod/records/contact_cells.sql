-- Contact cells: for each service, activity and period, its contacts: how many, how long, how many were failure demand.
--
--   volume                       all contacts, planned or not, with or without a usable person
--   minutes                      their minutes, where known
--   returns, chases, failures    by repeats.sql; a contact that is both is one failure
--   coded_value, coded_failure, uncoded   what staff wrote down; together the volume
--   no_person                    contacts without a usable person, which are never repeats
--
-- By hand: {contacts} is contacts; {failure} is r.is_return OR r.is_chase, or one of them; repeats and placeholder_persons
-- are made by the files of those names.
WITH of_all AS (
  SELECT
    c.service,
    c.activity,
    c._period,
    count(*) AS volume,
    CAST(sum(c.minutes) AS DECIMAL(38, 10)) AS minutes,
    count(*) FILTER (WHERE c.demand = 'value') AS coded_value,
    count(*) FILTER (WHERE c.demand = 'failure') AS coded_failure,
    count(*) FILTER (WHERE c.demand IS NULL) AS uncoded,
    count(*) FILTER (WHERE c.person_id IS NULL OR h.person_id IS NOT NULL) AS no_person
  FROM {contacts} AS c
  LEFT JOIN placeholder_persons AS h ON h.person_id = c.person_id
  GROUP BY c.service, c.activity, c._period
),
of_repeats AS (
  SELECT
    r.service,
    r.activity,
    r._period,
    count(*) FILTER (WHERE r.is_return) AS returns,
    count(*) FILTER (WHERE r.is_chase) AS chases,
    count(*) FILTER (WHERE {failure}) AS failures
  FROM repeats AS r
  GROUP BY r.service, r.activity, r._period
)
SELECT
  a.service,
  a.activity,
  a._period AS period,
  a.volume,
  a.minutes,
  coalesce(r.returns, 0) AS returns,
  coalesce(r.chases, 0) AS chases,
  coalesce(r.failures, 0) AS failures,
  a.coded_value,
  a.coded_failure,
  a.uncoded,
  a.no_person
FROM of_all AS a
LEFT JOIN of_repeats AS r
  ON r.service = a.service AND r.activity IS NOT DISTINCT FROM a.activity AND r._period = a._period
ORDER BY a.service ASC NULLS LAST, a.activity ASC NULLS LAST, a._period ASC NULLS LAST
