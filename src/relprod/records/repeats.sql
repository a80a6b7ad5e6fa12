-- Repeats: for each contact that can be one, whether it is a return, a chase, both or neither.
--
-- A chase opens while some earlier contact of the same person is still open: it closes on a later day, or never.
-- A return opens on the day some earlier contact closed or at most {window_days} days after it (the last day counts when {within}
-- is >=, not when it is >). Earlier is by (opened, contact_id), among contacts that match.
--
-- By hand: {window_days} is 28; {within} is >=; in_order and overlapping_contacts are made by the files of those names; keep the answer as
-- the view repeats.
WITH told AS (
  SELECT
    c.contact_id,
    c.service,
    c.activity,
    c._period,
    CAST(c.opened AS DATE) AS opened_day,
    c.last_closed_day,
    c.earlier_open AS is_chase
  FROM in_order AS c
  WHERE c.last_closed_day IS NULL OR c.last_closed_day <= CAST(c.opened AS DATE)
  UNION ALL
  SELECT
    o.contact_id,
    o.service,
    o.activity,
    o._period,
    o.opened_day,
    o.last_closed_day,
    true AS is_chase
  FROM overlapping_contacts AS o
  WHERE o.opening
)
SELECT
  t.contact_id,
  t.service,
  t.activity,
  t._period,
  coalesce(CAST(t.last_closed_day + INTERVAL '{window_days}' DAY AS DATE) {within} t.opened_day, false) AS is_return,
  t.is_chase
FROM told AS t
