"""Data that relprod makes up: a council that does not exist, with a story that an account has to find."""
