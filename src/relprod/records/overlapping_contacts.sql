-- Overlapping contacts: where a contact opened before an earlier one had closed, what closed before it and what opened after it.
--
-- The latest closing so far answers "did anything close in the last days?" only while nothing that closed later had been open.
-- Where contacts overlap, openings and closings are put in one order instead: by day; on one day first the closings of contacts
-- opened on an earlier day, then contacts in their order (opened, contact_id), each one's opening before its closing. Then
--   for an opening   last_closed_day is the latest day of the closings before it
--   for a closing    next_opened_day is the day of the first opening after it
-- It costs more than it answers for persons without an overlap, so only those with one are looked at, and of theirs only the
-- contacts for which in_order cannot tell are kept.
--
-- By hand: {match} as in in_order.sql; {same_match} is empty, or conditions such as: AND g.service IS NOT DISTINCT FROM c.service
-- in_order is made by in_order.sql; keep the answer as the relation overlapping_contacts.
WITH overlapping AS (
  SELECT DISTINCT c.person{match}
  FROM in_order AS c
  WHERE c.next_opened_day < c.closed_day
),
involved AS (
  SELECT c.*
  FROM in_order AS c
  JOIN overlapping AS g ON g.person = c.person {same_match}
),
events AS (
  SELECT
    c.*,
    true AS opening,
    c.opened_day AS event_day,
    1 AS phase,
    c.last_closed_day > c.opened_day AS untold,
    CAST(NULL AS DATE) AS closing_day,
    c.opened_day AS opening_day
  FROM involved AS c
  UNION ALL
  SELECT
    c.*,
    false AS opening,
    CASE WHEN c.closed_day > c.opened_day THEN c.closed_day ELSE c.opened_day END AS event_day,
    CASE WHEN c.closed_day > c.opened_day THEN 0 ELSE 1 END AS phase,
    c.next_opened_day < c.closed_day AS untold,
    c.closed_day AS closing_day,
    CAST(NULL AS DATE) AS opening_day
  FROM involved AS c
  WHERE c.closed_day IS NOT NULL
),
told AS (
  SELECT
    c.contact_id,
    c.service,
    c.activity,
    c._period,
    c.opened_day,
    c.closed_day,
    c.opening,
    c.untold,
    max(c.closing_day) OVER (
      PARTITION BY c.person{match}
      ORDER BY c.event_day ASC NULLS LAST, c.phase ASC NULLS LAST, c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST, c.opening DESC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS last_closed_day,
    min(c.opening_day) OVER (
      PARTITION BY c.person{match}
      ORDER BY c.event_day ASC NULLS LAST, c.phase ASC NULLS LAST, c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST, c.opening DESC NULLS LAST
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS next_opened_day
  FROM events AS c
)
SELECT
  t.contact_id,
  t.service,
  t.activity,
  t._period,
  t.opened_day,
  t.closed_day,
  t.opening,
  t.last_closed_day,
  t.next_opened_day
FROM told AS t
WHERE t.untold
