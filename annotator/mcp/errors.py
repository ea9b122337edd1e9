"""Refusals of tools, in sentences that a language model can act on."""


class Refused(Exception):  # noqa: N818 - a name says what happened, as Django's DoesNotExist does
    """A call that cannot be answered; the text says why and what to send instead."""
