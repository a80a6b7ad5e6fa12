-- Usable contacts: the contacts of persons who can be told apart, that is all but those without a person id or with a placeholder's.
--
-- By hand: {contacts} is contacts; persons and placeholder_persons are made by the files of those names; planned_activities has
-- one column, activity, the activities that are planned; {mapped} is
-- empty, or a comma and those of c.area and c.group that a repeat must match on; keep the answer as the relation usable_contacts.
SELECT
  c.contact_id,
  p.person AS person,
  c.service,
  c.activity{mapped},
  c._period,
  c.opened,
  c.closed,
  c.worker_id,
  c.resolved,
  a.activity IS NOT NULL AS planned
FROM {contacts} AS c
JOIN persons AS p ON p.person_id = c.person_id
LEFT JOIN planned_activities AS a ON a.activity = c.activity
WHERE p.person NOT IN (SELECT h.person FROM placeholder_persons AS h)
