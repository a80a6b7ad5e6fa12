-- Continuity: for each service and period, how many people had how many contacts, spread how over how many workers.
--
-- Of a person's contacts in a period, those with a known worker count:
--   contacts    N, one for every worker at every contact
--   max_n       contacts with the worker seen most
--   sum_sq      the sum over workers of the square of the contacts with each
--   workers     distinct workers
-- Contacts opened at one time are one visit. Of the pairs of one visit and the next in the period:
--   pairs       all
--   same_pairs  those with a worker in common
--   handoffs    those without
-- People with fewer than two such contacts are rows too, with contacts 0 or 1: they are left out of means, and counted.
--
-- Persons with one contact in the period, or two on different days, have these figures by what persons_by_period says; a service that
-- only one of two contacts was at has one. All others are followed contact by contact.
--
-- By hand: {nodes} and {several} as in worker_contacts.sql, {persons} is persons_by_period; persons_by_period, several_contacts and worker_contacts are made by the files of those names.
WITH few AS (
  SELECT
    s._period,
    s.first_service,
    s.last_service,
    s.known,
    s.one_worker,
    count(*) AS people
  FROM {persons} AS s
  WHERE s.contacts = 1 OR (s.contacts = 2 AND s.known = 2 AND NOT s.one_day)
  GROUP BY s._period, s.first_service, s.last_service, s.known, s.one_worker
),
few_here AS (
  SELECT
    n.node,
    f._period,
    CASE WHEN m.node IS NULL THEN 1 ELSE f.known END AS contacts,
    f.one_worker,
    f.people
  FROM few AS f
  JOIN {nodes} AS n ON n.service = f.first_service
  LEFT JOIN {nodes} AS m ON m.service = f.last_service AND m.node = n.node
  UNION ALL
  SELECT n.node, f._period, 1 AS contacts, f.one_worker, f.people
  FROM few AS f
  JOIN {nodes} AS n ON n.service = f.last_service
  LEFT JOIN {nodes} AS m ON m.service = f.first_service AND m.node = n.node
  WHERE m.node IS NULL
),
accompanied AS (
  SELECT DISTINCT w.node, w.person_id, w._period
  FROM worker_contacts AS w
  WHERE w.together
),
seen AS (
  SELECT DISTINCT a.node, a.person_id, a._period, c.opened, c.worker_id
  FROM {several} AS c
  JOIN {nodes} AS n ON n.service = c.service
  JOIN accompanied AS a ON a.node = n.node AND a.person_id = c.person_id AND a._period = c._period
  WHERE c.worker_id IS NOT NULL
),
visits AS (
  SELECT
    s.*,
    dense_rank() OVER (PARTITION BY s.node, s.person_id, s._period ORDER BY s.opened ASC NULLS LAST) AS visit
  FROM seen AS s
),
followed AS (
  SELECT
    v.*,
    coalesce(lag(v.visit) OVER (
      PARTITION BY v.node, v.person_id, v._period, v.worker_id ORDER BY v.visit ASC NULLS LAST
    ) = v.visit - 1, false) AS same
  FROM visits AS v
),
visit_by_visit AS (
  SELECT
    f.node,
    f.person_id,
    f._period,
    max(f.visit) - 1 AS pairs,
    count(DISTINCT CASE WHEN f.same THEN f.visit END) AS same_pairs
  FROM followed AS f
  GROUP BY f.node, f.person_id, f._period
),
people AS (
  SELECT
    w.node,
    w.person_id,
    w._period,
    CAST(sum(w.contacts) AS BIGINT) AS contacts,
    max(w.contacts) AS max_n,
    CAST(sum(w.contacts * w.contacts) AS BIGINT) AS sum_sq,
    CAST(sum(w.same) AS BIGINT) AS same_pairs,
    count(w.worker_id) AS workers
  FROM worker_contacts AS w
  WHERE w.person_id IS NOT NULL
  GROUP BY w.node, w.person_id, w._period
),
counted AS (
  SELECT
    p.node,
    p._period,
    p.contacts,
    p.max_n,
    p.sum_sq,
    p.workers,
    coalesce(v.same_pairs, p.same_pairs) AS same_pairs,
    coalesce(v.pairs, CASE WHEN p.contacts > 1 THEN p.contacts - 1 ELSE 0 END) AS pairs,
    count(*) AS people
  FROM people AS p
  LEFT JOIN visit_by_visit AS v ON v.node = p.node AND v.person_id = p.person_id AND v._period = p._period
  GROUP BY
    p.node, p._period, p.contacts, p.max_n, p.sum_sq, p.workers,
    coalesce(v.same_pairs, p.same_pairs), coalesce(v.pairs, CASE WHEN p.contacts > 1 THEN p.contacts - 1 ELSE 0 END)
  UNION ALL
  SELECT
    f.node,
    f._period,
    f.contacts,
    CASE WHEN f.contacts = 2 AND NOT f.one_worker THEN 1 ELSE f.contacts END AS max_n,
    CASE WHEN f.contacts = 2 AND f.one_worker THEN 4 ELSE f.contacts END AS sum_sq,
    CASE WHEN f.contacts = 2 AND f.one_worker THEN 1 ELSE f.contacts END AS workers,
    CASE WHEN f.contacts = 2 AND f.one_worker THEN 1 ELSE 0 END AS same_pairs,
    CASE WHEN f.contacts = 2 THEN 1 ELSE 0 END AS pairs,
    f.people
  FROM few_here AS f
  UNION ALL
  SELECT w.node, w._period, 1, 1, 1, 1, 0, 0, w.contacts
  FROM worker_contacts AS w
  WHERE w.person_id IS NULL AND w.contacts > 0
  UNION ALL
  SELECT w.node, w._period, 0, 0, 0, 0, 0, 0, w.lone - w.contacts
  FROM worker_contacts AS w
  WHERE w.person_id IS NULL AND w.lone > w.contacts
)
SELECT
  p.node,
  p._period AS period,
  p.contacts,
  p.max_n,
  p.sum_sq,
  p.same_pairs,
  p.pairs,
  p.pairs - p.same_pairs AS handoffs,
  p.workers,
  CAST(sum(p.people) AS BIGINT) AS people
FROM counted AS p
GROUP BY p.node, p._period, p.contacts, p.max_n, p.sum_sq, p.same_pairs, p.pairs, p.workers
ORDER BY
  p.node ASC NULLS LAST, p._period ASC NULLS LAST, p.contacts ASC NULLS LAST, p.max_n ASC NULLS LAST, p.sum_sq ASC NULLS LAST,
  p.same_pairs ASC NULLS LAST, p.pairs ASC NULLS LAST, p.workers ASC NULLS LAST
