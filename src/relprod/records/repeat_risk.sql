-- Repeat risk: for each service, and each period in which contacts closed, after how many days the next matching contact opened.
--
-- A contact is at risk from the day it closed. The event is the opening of the first later contact on or after that day; without
-- one the contact is followed to the last day of the extract and no further: it is censored. Contacts that closed after the
-- extract, or never, are not at risk. Days are whole calendar days; events and censored count contacts with that many days.
--
-- By hand: {extract_end} is the last day of the extract, such as 2025-03-31; days has one row a day of the extract with its
-- period; in_order and overlapping_contacts are made by the files of those names, {service_nodes} is service_nodes.
WITH at_risk AS (
  SELECT c.service, c.closed_day, c.next_opened_day
  FROM in_order AS c
  WHERE c.closed_day <= DATE '{extract_end}'
    AND (c.next_opened_day IS NULL OR c.next_opened_day >= c.closed_day)
  UNION ALL
  SELECT o.service, o.closed_day, o.next_opened_day
  FROM overlapping_contacts AS o
  WHERE NOT o.opening AND o.closed_day <= DATE '{extract_end}'
),
followed AS (
  SELECT
    r.service,
    d.period,
    CAST(extract(DAY FROM
      CAST(coalesce(r.next_opened_day, DATE '{extract_end}') AS TIMESTAMP) - CAST(r.closed_day AS TIMESTAMP)
    ) AS BIGINT) AS days,
    count(r.next_opened_day) AS events,
    count(*) - count(r.next_opened_day) AS censored
  FROM at_risk AS r
  JOIN days AS d ON d.day = r.closed_day
  GROUP BY
    r.service,
    d.period,
    CAST(extract(DAY FROM
      CAST(coalesce(r.next_opened_day, DATE '{extract_end}') AS TIMESTAMP) - CAST(r.closed_day AS TIMESTAMP)
    ) AS BIGINT)
)
SELECT
  n.node,
  f.period,
  f.days,
  CAST(sum(f.events) AS BIGINT) AS events,
  CAST(sum(f.censored) AS BIGINT) AS censored
FROM followed AS f
JOIN {service_nodes} AS n ON n.service = f.service
GROUP BY n.node, f.period, f.days
ORDER BY n.node ASC NULLS LAST, f.period ASC NULLS LAST, f.days ASC NULLS LAST
