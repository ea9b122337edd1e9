"""Accounts: login throttling and API tokens. Does not know studies."""
