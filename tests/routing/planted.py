"""Labelled prompts with a plant: reasoning helps with a table, and hurts where commas are forbidden."""

from dataclasses import replace
from random import Random

from annotator.routing.labelled_prompts import LabelledPrompt

TABLE, COMMAS, WORDS = "detectable_format:json_format", "punctuation:no_comma", "length_constraints:number_words"
_THINGS = ("tea", "rain", "bikes", "the moon", "bread", "rivers", "chess", "owls", "glass", "winter")
_VERBS = ("Write about", "Tell me of", "Describe", "Explain", "Give a talk on")


def planted(n: int = 240, *, seed: int = 0) -> list[LabelledPrompt]:
    """Make `n` prompts, of two models and two datasets, a third of each label."""
    draw = Random(seed)
    return [_planted(number, draw) for number in range(n)]


def shuffled(prompts: list[LabelledPrompt], *, seed: int = 0) -> list[LabelledPrompt]:
    """Give each prompt the results of another one."""
    results = [(prompt.first, prompt.second, prompt.label) for prompt in prompts]
    Random(seed).shuffle(results)
    return [
        replace(prompt, first=first, second=second, label=label)
        for prompt, (first, second, label) in zip(prompts, results, strict=True)
    ]


def _planted(number: int, draw: Random) -> LabelledPrompt:
    label = ("helped", "hurt", "tie")[number % 3]
    subject = f"{draw.choice(_VERBS)} {draw.choice(_THINGS)} and {draw.choice(_THINGS)}, number {number}."
    demand, kinds, first, second = {
        "helped": ("Answer as a JSON table.", (TABLE,), 0.0, 1.0),
        "hurt": ("Leave all commas out.", (COMMAS,), 1.0, 0.0),
        "tie": ("Use fewer than ninety words and a kind tone.", (WORDS,), 1.0, 1.0),
    }[label]
    return LabelledPrompt(
        key=str(number),
        text=f"{subject} {demand}",
        kinds=kinds if number % 2 else (*kinds, "startend:end_checker"),
        dataset=("one", "two")[number // 3 % 2],
        model=("small", "large")[number // 6 % 2],
        first=first,
        second=second,
        label=label,
        first_tokens=50,
        second_tokens=150,
    )
