"""Sentences and labels of strategies and their parameters, for the form that starts runs.

A strategy or parameter without words here is shown by its bare name, never hidden.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SENTENCES: Mapping[str, Promise] = {
    "base": _("Asks for the answer alone; a model’s own thinking is switched off where it can be."),
    "cot": _("Asks the model to reason after THINK: and to answer after ANSWER:."),
    "cot_forced": _(
        "Begins the reasoning for the model and ends it by a marker or a budget: each prompt gets both parts."
    ),
    "thinking": _("Switches the model’s own thinking on; what it thinks is the reasoning."),
    "few_shot": _("Shows exemplars first, then the prompt."),
    "self_reflection": _("Answers, then has the model judge its own answer in a second call, and keep or revise it."),
    "self_selective": _("Lets the model say first whether to reason; then asks for the answer with or without it."),
    "classifier_selective": _("Lets a router say from the prompt whether to reason; then asks with or without it."),
    "restate": _("Has the model reason, repeats the constraints, and asks for the answer."),
    "verified_revision": _(
        "Shows the model what the checkers found in its answer and lets it revise: a bound, no fair comparison."
    ),
    "pipeline": _("Chooses another strategy by the complexity of the prompt."),
}

_EMPTY_OBJECT = _("A JSON object; empty for the defaults.")
_Words = tuple[str | Promise, str | Promise]
_PARAMETERS: Mapping[str, _Words] = {
    "exemplars": (
        _("Exemplars"),
        _("A JSON list, or one JSON object a line, each with “prompt” and “answer”, and “reasoning” if it is shown."),
    ),
    "as_turns": (_("Exemplars are earlier turns"), _("Else all of them stand in one turn, and the prompt last.")),
    "reasoning": (_("Exemplars show their reasoning"), _("Then each of them needs one.")),
    "set_hash": (_("Hash of the prompt set"), _("That of the set the exemplars were copied from; empty for a file.")),
    "excluded": (
        _("Keys of prompts to leave out"),
        _("A JSON list; prompts of the exemplars are added by themselves."),
    ),
    "first": (_("First answer by"), ""),
    "reasoning_tokens": (_("Tokens of reasoning at most"), ""),
    "restate.reasoning_tokens": (_("Tokens of reasoning at most"), _("0 is as many as new tokens at most.")),
    "router": (_("Router"), _("A JSON object; empty for the default one, by kinds of constraints.")),
    "rounds": (_("Rounds at most"), ""),
    "tool": (_("Checkers are a tool"), _("The model may call them before it answers; its backend must offer tools.")),
    "threshold": (_("Threshold"), _("The probability from which it reasons.")),
    "complex_from": (_("Complex from so many constraints on"), ""),
    "complex_kinds": (_("Kinds that make a prompt complex"), _("A JSON list of kinds, whatever their number.")),
    "when_simple": (_("For a simple prompt"), ""),
    "when_complex": (_("For a complex prompt"), ""),
    "pipeline.self_reflection": (_("Parameters of self-reflection"), _EMPTY_OBJECT),
    "pipeline.self_selective": (_("Parameters of self-selective"), _EMPTY_OBJECT),
    "pipeline.classifier_selective": (_("Parameters of classifier-selective"), _EMPTY_OBJECT),
}


def strategy_sentence(strategy: str) -> str:
    """Return a sentence on what the strategy does, "" for an unknown one."""
    return str(_SENTENCES.get(strategy, ""))


def parameter_label(strategy: str, parameter: str) -> str:
    """The label of a parameter, its bare name for an unknown one."""
    return str(_words(strategy, parameter)[0])


def parameter_help(strategy: str, parameter: str) -> str:
    """The help of a parameter, "" for none."""
    return str(_words(strategy, parameter)[1])


def _words(strategy: str, parameter: str) -> _Words:
    own, shared = _PARAMETERS.get(f"{strategy}.{parameter}"), _PARAMETERS.get(parameter)
    return own or shared or (parameter, "")
