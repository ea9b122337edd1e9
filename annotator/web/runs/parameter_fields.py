"""Form fields of a strategy's parameters, drawn from types, defaults and metadata of a dataclass.

Knows no strategy: a new one needs no form code. What a value means is checked by the dataclass itself.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.strategies import StrategySpec
from annotator.text_cleaning import storable
from annotator.web.labels import label_for, localized
from annotator.web.strategy_words import parameter_help, parameter_label
from annotator.web.typed_text import TypedText

_LONGEST_JSON = 1_000_000  # characters
_LONGEST_TEXT = 20_000
_LONG_LINE = 60  # characters from which a text gets several lines


class JsonText(forms.CharField):
    """A field of JSON: one value, or for a list also one value a line. Empty is None."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "code"})

    def __init__(self, *, lines: bool, **options: Any) -> None:
        super().__init__(max_length=_LONGEST_JSON, **options)
        self._lines = lines

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return storable(self._read(text)) if text else None
        except RecursionError:
            raise forms.ValidationError(_("The JSON is nested too deeply.")) from None

    def _read(self, text: str) -> Any:
        try:
            value = _json(text)
            return value if isinstance(value, list) or not self._lines else [value]
        except json.JSONDecodeError as error:
            if not self._lines:
                raise forms.ValidationError(_not_json(error.lineno)) from None
        return [self._read_line(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]

    def _read_line(self, number: int, line: str) -> Any:
        try:
            return _json(line)
        except json.JSONDecodeError:
            raise forms.ValidationError(_not_json(number)) from None


class ParameterForm(forms.Form):
    """The parameters of one strategy. Its fields are named `<strategy>-<parameter>`."""

    def __init__(self, data: Any, *, spec: StrategySpec) -> None:
        super().__init__(data, prefix=spec.name)
        self._spec = spec
        hints = get_type_hints(spec.parameters)
        for parameter in fields(spec.parameters):
            self.fields[parameter.name] = _field(spec.name, parameter, hints[parameter.name])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self._spec.canonical_parameters(self.values())
            except ValueError as error:  # an `OptionsError`, whose argument is a message
                self.add_error(None, localized(error.args[0]))
        return cleaned

    def values(self) -> dict[str, Any]:
        """The parameters that are filled in; the others keep the defaults of the dataclass."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


def _field(strategy: str, parameter: "Field[Any]", hint: Any) -> forms.Field:
    hint = next((member for member in get_args(hint) if member is not NoneType), hint) if _optional(hint) else hint
    kind, default = get_origin(hint) or hint, _default(parameter)
    words: dict[str, Any] = {
        "label": parameter_label(strategy, parameter.name),
        "help_text": parameter_help(strategy, parameter.name),
        "required": False,
    }
    if kind is bool:
        return forms.BooleanField(initial=default, **words)
    if kind in (int, float):
        low, high = parameter.metadata.get("range", (None, None))
        number = forms.IntegerField if kind is int else forms.FloatField
        return number(initial=default, min_value=low, max_value=high, **words)
    if "choices" in parameter.metadata:
        choices = [(value, label_for("strategy", value)) for value in parameter.metadata["choices"]]
        return forms.ChoiceField(choices=choices, initial=default, **words)
    if kind is str:
        widget = forms.Textarea(attrs={"rows": 3}) if _long(default) else forms.TextInput
        return TypedText(initial=default, max_length=_LONGEST_TEXT, strip=False, widget=widget, **words)
    initial = json.dumps(default, ensure_ascii=False) if default else ""
    return JsonText(lines=kind is not Mapping and kind is not dict, initial=initial, **words)


def _optional(hint: Any) -> bool:
    return NoneType in get_args(hint)


def _default(parameter: "Field[Any]") -> Any:
    if parameter.default_factory is not MISSING:
        return parameter.default_factory()
    return None if parameter.default is MISSING else parameter.default


def _long(text: Any) -> bool:
    return isinstance(text, str) and (len(text) > _LONG_LINE or "\n" in text)


def _json(text: str) -> Any:
    """Read one JSON value; one that is nested too deeply or has a number too long to read is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:
        raise json.JSONDecodeError(str(error), text, 0) from None


def _not_json(line: int) -> Any:
    return _("Line %(n)d is not JSON; a text has double quotes, a list square brackets.") % {"n": line}
