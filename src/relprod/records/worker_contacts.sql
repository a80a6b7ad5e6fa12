-- Worker contacts: for each service, person, period and worker, their contacts, and how many follow on one with the same worker.
--
--   contacts    contacts of the person with this worker; 0 where the worker is not known
--   same        those whose preceding contact with a known worker, in that period, was with this worker too
--   together    some contact was at the very time of another: continuity.sql looks at these persons visit by visit
--   lone        0; but people with a single contact in the period are not told apart: one row, without person and worker, says how
--               many they are (lone) and of how many the worker is known (contacts)
--
-- By hand: {nodes} is service_nodes and {several} is several_contacts, of which relprod takes a part at a time; several_contacts is made
-- by the file of that name; keep the answer as the relation worker_contacts.
WITH beside AS (
  SELECT
    n.node,
    c.person_id,
    c._period,
    c.opened,
    c.worker_id,
    lag(c.opened) OVER (
      PARTITION BY n.node, c.person_id, c._period
      ORDER BY c.worker_id IS NULL ASC NULLS LAST, c.opened ASC NULLS LAST, c.worker_id ASC NULLS LAST
    ) AS opened_before,
    lead(c.opened) OVER (
      PARTITION BY n.node, c.person_id, c._period
      ORDER BY c.worker_id IS NULL ASC NULLS LAST, c.opened ASC NULLS LAST, c.worker_id ASC NULLS LAST
    ) AS opened_after,
    lag(c.worker_id) OVER (
      PARTITION BY n.node, c.person_id, c._period
      ORDER BY c.worker_id IS NULL ASC NULLS LAST, c.opened ASC NULLS LAST, c.worker_id ASC NULLS LAST
    ) AS worker_before
  FROM {several} AS c
  JOIN {nodes} AS n ON n.service = c.service
),
told AS (
  SELECT
    b.node,
    b.person_id,
    b._period,
    b.worker_id,
    b.opened_before IS NOT NULL OR b.opened_after IS NOT NULL AS several,
    coalesce(b.worker_before = b.worker_id, false) AS same,
    coalesce(b.opened_before = b.opened AND b.worker_id IS NOT NULL, false) AS together
  FROM beside AS b
)
SELECT
  t.node,
  CASE WHEN t.several THEN t.person_id END AS person_id,
  t._period,
  CASE WHEN t.several THEN t.worker_id END AS worker_id,
  count(t.worker_id) AS contacts,
  count(*) FILTER (WHERE t.same) AS same,
  max(t.together) AS together,
  count(*) FILTER (WHERE NOT t.several) AS lone
FROM told AS t
GROUP BY t.node, CASE WHEN t.several THEN t.person_id END, t._period, CASE WHEN t.several THEN t.worker_id END
