"""What an auditor asks of a run: is it what it says, where does a figure come from, what changed since, what if."""
