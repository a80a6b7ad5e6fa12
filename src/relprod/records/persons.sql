-- Persons: every person id among the contacts, and how many contacts carry it.
--
-- By hand: {contacts} is contacts; keep the answer as the relation persons.
SELECT
  c.person_id,
  count(*) AS contacts
FROM {contacts} AS c
WHERE c.person_id IS NOT NULL
GROUP BY c.person_id
