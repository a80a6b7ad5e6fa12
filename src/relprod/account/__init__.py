"""The account: pure functions from volumes and values to indices. No I/O, no clock, no other package of ours but the leaves."""
