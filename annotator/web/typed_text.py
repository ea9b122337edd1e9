"""Normalizes text that people type into a page. Texts of models are never touched."""

from typing import Any

from django import forms

from annotator.text_cleaning import replace_unstorable


def typed_text(sent: str) -> str:
    """The text as it is stored: LF line ends, since browsers send CRLF but count one character, as the limits do."""
    return replace_unstorable(sent.replace("\r\n", "\n"))


class TypedText(forms.CharField):
    """A field whose text is normalized. An unstorable character is replaced: it is no reason to refuse the rest."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return typed_text(text) if isinstance(text, str) else text
