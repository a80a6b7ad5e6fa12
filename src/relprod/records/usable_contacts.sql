-- Usable contacts: the contacts of persons who can be told apart, that is all but those without a person id or with a placeholder's.
--
-- By hand: {named_contacts} is contacts; placeholder_persons is made by placeholder_persons.sql; planned_activities has
-- one column, activity, the activities that are planned; {mapped} is
-- empty, or a comma and those of c.area and c.group that a repeat must match on; keep the answer as the relation usable_contacts.
SELECT
  c.contact_id,
  c.person_id,
  c.service,
  c.activity{mapped},
  c._period,
  c.opened,
  c.closed,
  c.worker_id,
  c.resolved,
  a.activity IS NOT NULL AS planned
FROM {named_contacts} AS c
LEFT JOIN planned_activities AS a ON a.activity = c.activity
WHERE c.person_id IS NOT NULL
  AND c.person_id NOT IN (SELECT h.person_id FROM placeholder_persons AS h)
