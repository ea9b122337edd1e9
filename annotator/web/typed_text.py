"""Normalizes text that people type into a page. Texts of models are never touched."""

from typing import Any

from django import forms

from annotator.text_cleaning import replace_unstorable


def typed_text(sent: str) -> str:
    """As it is kept: browsers count one character for the end of a line, as the limits do, and send two (CRLF)."""
    return replace_unstorable(sent.replace("\r\n", "\n"))


class TypedText(forms.CharField):
    """A field of such words. An invisible character is no reason to refuse the rest."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return typed_text(text) if isinstance(text, str) else text
