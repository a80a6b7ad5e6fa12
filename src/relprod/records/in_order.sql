-- In order: each contact that can be an index contact or a repeat, with what lies just before and just after it.
--
-- A person's contacts, within the columns that a repeat must match on, are ordered by (opened, contact_id). Planned activities
-- are neither index nor repeat. Days are calendar days. For each contact:
--   last_closed_day   the latest day on which any earlier contact closed
--   earlier_open      some earlier contact has never closed
--   next_opened_day   the day on which the next contact opened
--
-- By hand: {match} is empty, or a comma and columns, such as: , c.service, c.activity
-- {mapped} as in usable_contacts.sql; usable_contacts is made by usable_contacts.sql; keep the answer as the relation in_order.
SELECT
  c.contact_id,
  c.person_id,
  c.service,
  c.activity{mapped},
  c._period,
  c.opened,
  CAST(c.closed AS DATE) AS closed_day,
  max(CAST(c.closed AS DATE)) OVER (
    PARTITION BY c.person_id{match} ORDER BY c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS last_closed_day,
  coalesce(max(CASE WHEN c.closed IS NULL THEN 1 ELSE 0 END) OVER (
    PARTITION BY c.person_id{match} ORDER BY c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) = 1, false) AS earlier_open,
  lead(CAST(c.opened AS DATE)) OVER (
    PARTITION BY c.person_id{match} ORDER BY c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST
  ) AS next_opened_day
FROM usable_contacts AS c
WHERE NOT c.planned
