"""The lines of what people type. It knows nothing of texts that models wrote: those are never touched."""


def lines(typed: str) -> str:
    """Browsers count one character for the end of a line, as the limits do, and send two (CRLF)."""
    return typed.replace("\r\n", "\n")
