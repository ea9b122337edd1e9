"""Services of accounts: every write. Callers import from here; each module owns one kind of change."""

from annotator.accounts.services.sessions import address_remember, everything_end, password_change, sessions_end
from annotator.accounts.services.tokens import token_issue, token_revoke, token_use, tokens_end

__all__ = [
    "address_remember",
    "everything_end",
    "password_change",
    "sessions_end",
    "token_issue",
    "token_revoke",
    "token_use",
    "tokens_end",
]
