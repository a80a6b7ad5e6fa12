-- Origins: of the repeats that arrive at one service, how many the person brings from each.
--
-- The origin of a repeat is the service of the last earlier contact that was left unresolved, in the person's order; where none
-- was, the service of the last earlier contact. It says something only when a repeat need not match on the service.
--
-- By hand: {match} and {mapped} as in in_order.sql; {failure} as in contact_cells.sql;
-- usable_contacts and repeats are made by the files of those names.
WITH placed AS (
  SELECT
    c.contact_id,
    c.person_id,
    c.service,
    c.activity{mapped},
    c.resolved,
    row_number() OVER (
      PARTITION BY c.person_id{match} ORDER BY c.opened ASC NULLS LAST, c.contact_id ASC NULLS LAST
    ) AS place
  FROM usable_contacts AS c
  WHERE NOT c.planned
),
before AS (
  SELECT
    c.contact_id,
    coalesce(
      max_by(c.service, CASE WHEN c.resolved = false THEN c.place END) OVER (
        PARTITION BY c.person_id{match} ORDER BY c.place ASC NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ),
      lag(c.service) OVER (PARTITION BY c.person_id{match} ORDER BY c.place ASC NULLS LAST)
    ) AS origin
  FROM placed AS c
)
SELECT
  r.service,
  b.origin,
  r._period AS period,
  count(*) AS repeats
FROM repeats AS r
JOIN before AS b ON b.contact_id = r.contact_id
WHERE {failure}
GROUP BY r.service, b.origin, r._period
ORDER BY r.service ASC NULLS LAST, b.origin ASC NULLS LAST, r._period ASC NULLS LAST
