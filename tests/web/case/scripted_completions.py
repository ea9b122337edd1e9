"""Completions of models that think, break off, copy the template or say nothing, drawn from a seed."""

from collections.abc import Iterator
from random import Random

_ANSWERS = (
    "Rain falls on the roof, and nobody minds.",
    "1. Boil water\n2. Add tea\n\nServe it warm.",
    "THE MEETING IS MOVED TO MONDAY. I THINK.",
    '{"title": "Bicycle", "weight": 9}',
    "It was late.\n\nThe answer came early.",
)
_THOUGHTS = ("First I count the words, then the commas.", "The user wants it short.\n\nSo it must be short.")
_PLACEHOLDERS = ("<the final answer>", "<think step by step about each constraint>", "<your final answer>")


def scripted_completions(n: int, *, seed: int) -> Iterator[tuple[str, str, str]]:
    """`n` times the completion under base, the one under cot, and why the latter ended: "stop" or "length"."""
    draw = Random(seed)
    for number in range(n):
        answer, other, thought = draw.choice(_ANSWERS), draw.choice(_ANSWERS), draw.choice(_THOUGHTS)
        yield _base(draw, other, thought), *_cot(draw, number % 8, answer, thought)


def _base(draw: Random, answer: str, thought: str) -> str:
    return draw.choices((answer, f"<think>{thought}</think>\n{answer}", "", f"{answer}\n"), (8, 1, 1, 1))[0]


def _cot(draw: Random, kind: int, answer: str, thought: str) -> tuple[str, str]:
    placeholder = draw.choice(_PLACEHOLDERS)
    return (
        (f"THINK: {thought}\nANSWER: {answer}", "stop"),
        (f"<think>{thought}</think>\n\nANSWER: {answer}", "stop"),
        (f"THINK: {thought} and so on and", "length"),
        (f"THINK: {thought}\nANSWER:", "stop"),
        (f"THINK: {placeholder}\n\n{answer}", "stop"),
        (f"THINK: {thought}\nANSWER: {placeholder}", "stop"),
        (
            f"THINK: {thought}\nANSWER: {answer}\n\nTHINK: {thought}\n"
            f"**ANSWER:** <thinking>{thought}</thinking> {answer}",
            "stop",
        ),
        (answer, "stop"),
    )[kind]
