"""From the rows of tables to cells, in SQL that an auditor can read and run: one .sql file a measure, a thin function beside it."""
