"""Tests of the account, and what they share: `making` turns rows of tables into accounts, `studies` draws small studies."""
