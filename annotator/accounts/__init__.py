"""Accounts: API tokens, sessions, passwords and login throttling. Does not know studies."""
