-- Persons by period: for each person and period, how many contacts there are, and what they have in common.
--
--   contacts                      all of them
--   known                         those with a known worker
--   one_worker                    these are all with one worker
--   one_day                       all were opened on one day
--   first_service, last_service   the first and the last in the alphabet of the services that they were at
--
-- By hand: usable_contacts is made by usable_contacts.sql; keep the answer as the relation persons_by_period.
SELECT
  c.person_id,
  c._period,
  count(*) AS contacts,
  count(c.worker_id) AS known,
  min(c.worker_id) = max(c.worker_id) AS one_worker,
  min(CAST(c.opened AS DATE)) = max(CAST(c.opened AS DATE)) AS one_day,
  min(c.service) AS first_service,
  max(c.service) AS last_service
FROM usable_contacts AS c
GROUP BY c.person_id, c._period
