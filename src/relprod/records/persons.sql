-- Persons: every person id among the contacts, with its number and how many contacts carry it.
--
-- From here on a person is a number: numbers sort and compare faster than text, and tell nobody who is meant.
--
-- By hand: {contacts} is contacts; keep the answer as the relation persons.
SELECT
  c.person_id,
  CAST(row_number() OVER (ORDER BY c.person_id ASC NULLS LAST) AS INT) AS person,
  count(*) AS contacts
FROM {contacts} AS c
WHERE c.person_id IS NOT NULL
GROUP BY c.person_id
