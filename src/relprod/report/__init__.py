"""What people read: findings as text and for machines, the summary of a run, the list of assumptions."""
