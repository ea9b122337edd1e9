"""Services of accounts: every write. Callers import from here; each module owns one kind of change."""

from annotator.accounts.services.identities import Claims, LoginRefused, email_set, identity_login
from annotator.accounts.services.sessions import address_remember, everything_end, password_change, sessions_end
from annotator.accounts.services.tokens import token_issue, token_revoke, token_use, tokens_end

__all__ = [
    "Claims",
    "LoginRefused",
    "address_remember",
    "email_set",
    "everything_end",
    "identity_login",
    "password_change",
    "sessions_end",
    "token_issue",
    "token_revoke",
    "token_use",
    "tokens_end",
]
