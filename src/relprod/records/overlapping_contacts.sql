-- Overlapping contacts: where a contact opened before an earlier one had closed, what closed before it and what opened after it.
--
-- The latest closing so far answers "did anything close in the last days?" only while nothing that closed later had been open.
-- So contacts are looked at for which in_order cannot tell: those that opened before an earlier one closed, or closed after the next
-- one opened. Their openings and closings are put in one order: by day; on one day first the closings of contacts
-- opened on an earlier day, then contacts in their order (opened, contact_id), each one's opening before its closing. Then
--   for an opening   last_closed_day is the latest day of the closings before it
--   for a closing    next_opened_day is the day of the first opening after it
-- What lies outside such overlaps comes in with the contacts at their ends: the first of an overlap knows the latest closing before it,
-- the last of one knows when the next contact opened, which is an event of its own, at the end of its day.
--
-- By hand: {match} as in in_order.sql; in_order is made by in_order.sql; keep the answer as the relation overlapping_contacts.
WITH involved AS (
  SELECT
    c.*,
    CAST(c.opened AS DATE) AS opened_day,
    coalesce(c.last_closed_day > CAST(c.opened AS DATE), false) AS opening_untold,
    coalesce(c.next_opened_day < c.closed_day, false) AS closing_untold
  FROM in_order AS c
  WHERE c.last_closed_day > CAST(c.opened AS DATE) OR c.next_opened_day < c.closed_day
),
events AS (
  SELECT
    c.*,
    true AS opening,
    c.opening_untold AS untold,
    c.opened_day AS event_day,
    1 AS phase,
    CASE WHEN NOT c.opening_untold THEN c.last_closed_day END AS closing_day,
    c.opened_day AS opening_day
  FROM involved AS c
  UNION ALL
  SELECT
    c.*,
    false AS opening,
    c.closing_untold AS untold,
    CASE WHEN c.closed_day > c.opened_day THEN c.closed_day ELSE c.opened_day END AS event_day,
    CASE WHEN c.closed_day > c.opened_day THEN 0 ELSE 1 END AS phase,
    c.closed_day AS closing_day,
    CAST(NULL AS DATE) AS opening_day
  FROM involved AS c
  WHERE c.closed_day IS NOT NULL
  UNION ALL
  SELECT
    c.*,
    true AS opening,
    false AS untold,
    c.next_opened_day AS event_day,
    2 AS phase,
    CAST(NULL AS DATE) AS closing_day,
    c.next_opened_day AS opening_day
  FROM involved AS c
  WHERE c.next_opened_day >= coalesce(c.last_closed_day, c.next_opened_day) AND NOT c.closing_untold
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
      PARTITION BY c.person_id{match}
      ORDER BY c.event_day ASC NULLS LAST, c.phase ASC NULLS LAST, c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST, c.opening DESC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS last_closed_day,
    min(c.opening_day) OVER (
      PARTITION BY c.person_id{match}
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
