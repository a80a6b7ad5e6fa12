-- Several contacts: the contacts of persons who have so many in a period that their order and their workers must be looked at.
--
-- One contact, or two on different days with known workers, say all about continuity by what they have in common: see continuity.sql.
-- Of a person's contacts in a period, one_service tells whether all are at one service.
--
-- By hand: usable_contacts and persons_by_period are made by the files of those names; keep the answer as the relation several_contacts.
SELECT
  c.person_id,
  c.service,
  c._period,
  c.opened,
  c.worker_id,
  s.first_service = s.last_service AS one_service
FROM usable_contacts AS c
JOIN persons_by_period AS s ON s.person_id = c.person_id AND s._period = c._period
WHERE s.contacts > 2 OR (s.contacts = 2 AND (s.known < 2 OR s.one_day))
