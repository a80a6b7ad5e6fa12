-- Repeat lines: where each contact that is a return or a chase stands in its file.
--
-- It is for an auditor who follows a count of failure demand down to the extract: no measure is made of it.
--
-- By hand: {contacts} is contacts; {failure} as in contact_cells.sql; repeats is made by the file of that name; the file and the line of a
-- contact (_file, _line) are known while relprod reads, and are not columns of the extract.
SELECT
  c._file,
  c._line,
  CAST(c.service AS STRING) AS service,
  CAST(c.activity AS STRING) AS activity,
  c._period,
  r.is_return,
  r.is_chase,
  {failure} AS is_failure
FROM repeats AS r
JOIN {contacts} AS c ON c.contact_id = r.contact_id
WHERE r.is_return OR r.is_chase
