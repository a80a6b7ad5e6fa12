"""The rules, one class each, by scope: what a file, a record, the tables together and the figures must satisfy."""
