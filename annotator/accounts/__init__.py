"""Accounts: login throttling. Knows no studies."""
