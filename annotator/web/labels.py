"""Screen labels of stored values: one translatable list per family of values."""

from collections.abc import Mapping
from typing import Any
from unicodedata import bidirectional

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from annotator.constraints import Message
from annotator.strategies import STRATEGIES
from annotator.studies.models import Study

_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "features": {
        "tfidf": _("words and pairs of words (TF-IDF)"),
        "wordllama": _("vectors of WordLlama"),
        "minilm": _("vectors of MiniLM"),
        "finetuned": _("the prompt, by a fine-tuned language model"),
    },
    "router_labels": {"verdicts": _("labels by verdicts"), "gold": _("labels by gold")},
    "held_out": {
        "random": _("prompts at random"),
        "kind": _("kinds of constraints"),
        "composition": _("numbers of constraints"),
        "dataset": _("datasets"),
        "model": _("language models"),
    },
    "rewording": {
        "a polite opening": _("a polite opening"),
        "thanks at the end": _("thanks at the end"),
        "as a wish": _("as a wish"),
        "in one line": _("in one line"),
    },
    "label": {
        "helped": _("helped"),
        "hurt": _("hurt"),
        "no_difference": _("no difference"),
        "cant_tell": _("can’t tell"),
    },
    "outcome": {
        "helped": _("helped"),
        "hurt": _("hurt"),
        "tie": _("tie"),
        "no_answer": _("no answer to judge"),
    },
    "concern": {
        "disagreement": _("judged differently"),
        "flagged": _("flagged"),
        "disputed": _("disputed: a checker is wrong"),
        "practice": _("practice"),
        "check": _("a hidden check"),
        "defective": _("on a defective prompt"),
        "sound": _("on a prompt without known defects"),
        "treated": _("reasoned in the second run alone"),
        "matched": _("answered at about the same length"),
        "judged": _("decided by a judge model"),
        "judged_with_gold": _("decided by a judge model, with gold"),
    },
    "corrected": {
        "difference": _("helped less hurt"),
    },
    "effect": {
        "gained": _("gained by the second"),
        "lost": _("lost by the second"),
        "swap": _("swapped inside a tie"),
    },
    "obeyed_by": {
        "both": _("both answers"),
        "first": _("the first answer alone"),
        "second": _("the second answer alone"),
        "neither": pgettext_lazy("obeyed_by", "neither answer"),
    },
    "kind_group": {
        "planning": _("planning kinds"),
        "precision": _("precision kinds"),
        "neutral": _("other kinds"),
    },
    "side": {"left": _("left"), "same": _("the same"), "right": _("right")},
    "role": {"lead": _("lead"), "annotator": _("annotator"), "adjudicator": _("adjudicator"), "curator": _("curator")},
    "confidence": {"low": _("low"), "medium": _("medium"), "high": _("high")},
    "text": {"prompt": _("prompt")},
    "sidename": {"left": _("Left"), "right": _("Right")},
    "verdict": {"obeyed": _("obeyed"), "violated": _("violated"), "unverifiable": _("not checkable")},
    "split": {
        "missing_marker": _("The model did not close its reasoning, so where the answer begins is not known."),
        "repeated_marker": _("The model reasoned more than once, so the cut may be off."),
        "truncated": _("The model ran out of tokens before it finished."),
        "empty": _("The answer is empty."),
    },
    "split_at_markers": {
        "missing_marker": _("No ANSWER: marker was found, so where the reasoning ends is not known."),
        "repeated_marker": _("The marker THINK: or ANSWER: stands more than once, so the cut may be off."),
    },
    "parted": {
        "clean": _("clean"),
        "missing_marker": _("no marker"),
        "repeated_marker": _("repeated marker"),
        "truncated": _("cut off"),
        "empty": _("no answer"),
        "cut_short": _("answer cut off"),
    },
    "finish": {
        "stop": _("the model stopped by itself"),
        "length": _("the tokens ran out"),
        "refusal": _("the model refused"),
        "error": _("an error"),
        "unknown": _("the file does not say how it ended"),
    },
    "strategy": {
        "base": _("base"),
        "cot": _("cot"),
        "cot_forced": _("cot, forced"),
        "thinking": _("thinking"),
        "few_shot": _("few-shot"),
        "self_reflection": _("self-reflection"),
        "self_selective": _("self-selective"),
        "classifier_selective": _("classifier-selective"),
        "restate": _("restated constraints"),
        "verified_revision": _("verified revision"),
        "pipeline": _("pipeline"),
    },
    "step": {
        "answer": _("answer"),
        "reasoning": _("reasoning"),
        "reflection": _("reflection"),
        "revision": _("revision"),
        "choice": _("choice"),
        "answer after check": _("answer after check"),
    },
    "tokens": {
        "prompt_tokens": _("prompt"),
        "reasoning_tokens": _("reasoning"),
        "answer_tokens": _("answer"),
        "other_tokens": _("neither"),
        "completion_tokens": _("completion"),
    },
    "fact": {
        "router": _("hash of the router"),
        "revisions": _("revisions"),
        "checks": _("checks by the model"),
        "constraints": _("constraints"),
        "complex_from": _("complex from so many on"),
        "complex_kinds": _("kinds that make it complex"),
        "obeyed": _("obeyed"),
        "violated": _("violated"),
        "unverifiable": _("not checkable"),
    },
    "decider": {
        "the model": _("The model"),
        "the router": _("The router"),
        "the checkers": _("The checkers"),
        "the complexity": _("The complexity of the prompt"),
    },
    "source": {
        "name": _("File"),
        "sha256": _("SHA-256 of the file"),
        "format": _("Format"),
        "split": _("Split rule"),
        "sample": _("Sample"),
        "terms": _("Licence or terms"),
        "responses": _("Responses"),
        "missing": _("Prompts without a response"),
        "set_aside": _("Rows left out"),
        "cleaned": _("Responses with replaced characters"),
    },
    "thinking_switch": {
        "none": _("none"),
        "always": _("always on"),
        "budget_tokens": _("on and off, with a budget"),
        "enable_thinking": _("on and off"),
        "thinking": _("on and off"),
    },
    "ability": {
        "continued turns": _("turns that the model continues"),
        "probabilities": _("probabilities of labels"),
        "tools": _("tools"),
    },
    "run": {"running": _("running"), "done": _("done"), "cancelled": _("cancelled"), "failed": _("failed")},
    "snapshot": {"queued": _("waits"), "claimed": _("being built"), "done": _("done"), "failed": _("failed")},
    "deleted": {
        "runs": _("runs"),
        "generations": _("generations"),
        "calls": _("model calls"),
        "verdicts": _("verdicts"),
        "judge_replies": _("judge replies"),
        "set_uses": _("uses of a prompt set"),
        "prompts": _("prompts"),
        "constraints": _("constraints"),
        "cases": _("cases"),
        "members": _("members"),
        "practice": _("practice cases"),
        "checks": _("hidden check cases"),
        "candidates": _("answers sent to repair"),
        "unlabelled": _("assignments without a label"),
        "flags": _("flags"),
        "drafts": _("drafts"),
    },
    "generation": {"queued": _("waiting"), "claimed": _("under way"), "done": _("done"), "failed": _("failed")},
    "assignment": {"held": pgettext_lazy("assignment", "open"), "submitted": _("submitted"), "skipped": _("skipped")},
    "study": {"open": pgettext_lazy("study", "open"), "closed": _("closed")},
    "verdicts_shown": {
        "from_start": _("from the start"),
        "after_blind": _("after the blind choice"),
        "after_label": _("after the label"),
        "never": pgettext_lazy("verdicts", "never"),
    },
    "scope": {"answer": _("answer"), "completion": _("whole completion"), "reasoning": _("reasoning")},
    "in_scope": {
        "answer": _("In the answer"),
        "completion": _("In the whole completion"),
        "reasoning": _("In the reasoning"),
    },
    "basis": {
        "gold": _("by the gold label"),
        "agreed": _("its annotators agree"),
        "verdicts": _("by verdicts alone, nobody has labelled it"),
    },
    "candidate": {
        "open": pgettext_lazy("candidate", "open"),
        "waiting": _("a model is at work"),
        "proved": _("proved, waits for approval"),
        "approved": _("approved"),
        "rejected": _("rejected"),
    },
    "leak": {
        "exact": _("the same text"),
        "shingles": _("the same runs of words"),
        "embedding": _("the same meaning"),
    },
    "template": {
        "turns": _("each exemplar as earlier turns"),
        "block": _("all in one block, the target last"),
    },
    "message": {
        "system": _("System message"),
        "user": _("User message"),
        "assistant": _("Assistant message"),
        "tool": _("Reply of a tool"),
    },
}

_RIGHT_TO_LEFT = frozenset(("R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"))


def localized(text: str) -> str:
    """A checker's message in the reader's language; English if the catalogue lacks it."""
    if not isinstance(text, Message):
        return gettext(text) if text else ""
    values = {name: _isolated(value) for name, value in text.values.items()}
    singular = text.template
    template = ngettext(singular, text.plural, int(text.values["n"])) if text.plural else gettext(singular)
    sentence = template % values if values else template
    return sentence[:1].upper() + sentence[1:] if text[:1].isupper() else sentence


def _isolated(value: Any) -> Any:
    """A value inside a sentence; right-to-left text gets Unicode isolates, so that it cannot reorder the sentence."""
    if isinstance(value, Message):
        return localized(value)
    right_to_left = isinstance(value, str) and any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in value)
    return f"\u2068{value}\u2069" if right_to_left else value


def label_for(family: str, value: str) -> str:
    """The label of `value`, or the value itself without one: a new status is shown, never hidden."""
    return str(_WORDS[family].get(value, value))


def split_sentence(status: str, role: str) -> str:
    """What a split status means for a completion of this role; markers are named where the strategy asks for them."""
    strategy = STRATEGIES.get(role.partition(" ")[0])
    at_markers = strategy is not None and strategy.split == "markers" and status in _WORDS["split_at_markers"]
    return label_for("split_at_markers" if at_markers else "split", status)


def role_name(role: str) -> str:
    """The name of one of a study's two runs: its strategy in the reader's language, then what distinguishes it."""
    strategy, space, detail = role.partition(" ")
    return label_for("strategy", strategy) + space + detail


def text_name(text: str, study: Study) -> str:
    """The name of a text that spans point into: the prompt, or the reasoning or answer of one of the runs."""
    position, _dot, part = text.partition(".")
    roles = {"first": study.first_role, "second": study.second_role}
    if position not in roles or part not in _PARTS:
        return label_for("text", text)
    return _PARTS[part] % {"role": role_name(roles[position])}


def effect_name(effect: str, study: Study) -> str:
    """The label of a constraint that the second run's answer gained or lost."""
    return _EFFECTS[effect] % {"role": role_name(study.second_role)}


_PARTS = {"reasoning": _("reasoning of %(role)s"), "answer": _("answer of %(role)s")}
_EFFECTS = {"gained": _("%(role)s gained it"), "lost": _("%(role)s lost it")}
