-- Placeholder persons: person ids that stand for nobody in particular, such as 'UNKNOWN' or '999999'.
--
-- Either the study declares them (relation placeholder_ids, column person_id), or one id carries more than a given share of
-- all contacts and more than a given number of them, which no living person does.
--
-- By hand: {contacts} is contacts; {max_person_share} is 0.01; {least_contacts} is 1000; persons is made by persons.sql;
-- keep the answer as the relation placeholder_persons.
SELECT
  p.person_id,
  p.contacts,
  d.person_id IS NOT NULL AS declared
FROM persons AS p
LEFT JOIN placeholder_ids AS d ON d.person_id = p.person_id
CROSS JOIN (SELECT count(*) AS contacts FROM {contacts}) AS everyone
WHERE d.person_id IS NOT NULL
  OR (
    p.contacts > {least_contacts}
    AND CAST(p.contacts AS DECIMAL(19, 0)) > CAST(CAST(everyone.contacts AS DECIMAL(19, 0)) * CAST('{max_person_share}' AS DECIMAL(18, 12)) AS DECIMAL(38, 12))
  )
ORDER BY p.person_id ASC NULLS LAST
