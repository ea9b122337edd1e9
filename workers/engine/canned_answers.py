"""Canned answers: the scripted backend's replies where no rule fits, and how its begun turns go on.

A pure function of the message: words in it name constraints, and for each of them a hash of the message decides whether
the answer obeys. In another template the same prompt therefore obeys other constraints, so that a study has something
to compare. Knows no checkers, and an answer meant to obey may not.
"""

import hashlib
import json
import re
from collections.abc import Callable

_SENTENCES = (
    "There is more than one way to look at this, and I will start with the plainest.",
    "First, think of what people do every day, at home or at work.",
    "Then, write down what matters most, even if the list is short.",
    "Many things change with the season, the weather and the company.",
    "A good plan is simple, cheap and easy to remember.",
    "If something goes wrong, take a break, have some tea and try again.",
    "Friends can help, but they need to know what you want.",
    "In the end, small steps taken every day lead further than one big leap.",
)

_EDITS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("bullets", r"bullet", lambda text: re.sub(r"^(?=\S)", "* ", text, flags=re.MULTILINE)),
    ("highlights", r"highlight", lambda text: re.sub(r"\b(simple|small steps|friends)\b", r"*\1*", text, flags=re.I)),
    ("placeholders", r"placeholder|square bracket", lambda text: f"{text}\nYours, [name], [address], [date]"),
    ("postscript", r"postscript|p\.\s?s\.", lambda text: f"{text}\n\nP.S. Tell me how it went."),
    ("title", r"<<|double angular", lambda text: f"<<A few thoughts>>\n\n{text}"),
    ("two responses", r"\*{6}", lambda text: f"{text}\n******\n{text.splitlines()[-1]}"),
    ("lower case", r"lower\s?case", str.lower),
    ("capitals", r"all capital|capital letters|upper\s?case", str.upper),
    ("no commas", r"comma", lambda text: text.replace(",", "")),
    ("quotes", r"double quot|quotation mark", lambda text: f'"{text}"'),
    ("JSON", r"json", lambda text: json.dumps({"answer": text})),
)


def canned_answer(message: str) -> str:
    """Return a completion: an answer, after reasoning if `message` names the markers THINK: and ANSWER:."""
    answer = _answer(message)
    if "THINK:" not in message or "ANSWER:" not in message:
        return answer
    return f"THINK: I read the request twice.\n{_reasoning(message)}ANSWER:\n{answer}"


def canned_continuation(message: str, begun: str) -> str:
    """Return how the turn `begun` goes on: after THINK: with reasoning up to ANSWER:, else with the answer."""
    both = f"{message}\n\n{begun}"
    if "THINK:" in begun and "ANSWER:" not in begun:
        return f" I read the request twice.\n{_reasoning(message)}ANSWER:\n{_answer(both)}"
    return f" {_answer(both)}"


def canned_weight(message: str, label: str) -> float:
    """Return a number from 0.01 to 1 for one of the labels that are offered on `message`."""
    return (1 + int(_digest(message, f"label {label}"), 16) % 100) / 100


def _answer(message: str) -> str:
    answer = _draft(message)
    for name, obey in _named(message):
        if _coin(message, name):
            answer = obey(answer)
    return answer


def _reasoning(message: str) -> str:
    return "".join(f"I am asked for {name}, so I will watch for that.\n" for name, _ in _named(message))


def _named(message: str) -> list[tuple[str, Callable[[str], str]]]:
    return [(name, obey) for name, trigger, obey in _EDITS if re.search(trigger, message, re.IGNORECASE)]


def _draft(message: str) -> str:
    """Return two paragraphs or four, as a hash decides, so that constraints on length differ too."""
    first = int(_digest(message, "first"), 16) % len(_SENTENCES)
    count = 8 if _coin(message, "length") else 4
    sentences = [_SENTENCES[(first + step) % len(_SENTENCES)] for step in range(count)]
    return "\n\n".join(" ".join(sentences[start : start + 2]) for start in range(0, count, 2))


def _coin(message: str, name: str) -> bool:
    return int(_digest(message, name), 16) % 2 == 0


def _digest(message: str, name: str) -> str:
    return hashlib.sha256(f"{name}\n{message}".encode("utf-8", "surrogatepass")).hexdigest()
