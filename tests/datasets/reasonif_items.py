"""Items of ReasonIF's array for tests, with texts of our own."""

from typing import Any

RULE = "When reasoning, respond with less than 860 words."
PROMPT = (
    "Put the result in tags. Format your reasoning according to the following rule: **{}**\n\nHow many legs has a cat?"
)


def reasonif_item(rule: str = RULE, **changes: Any) -> dict[str, Any]:
    return {
        "source": "ours",
        "hf_id": "ours/cats",
        "question": "How many legs has a cat?",
        "answer": " 4",
        "constraint_name": ["length_constraint_checkers:number_words"],
        "constraint_args": [{"num_words": 860}],
        "prompt": PROMPT.format(rule),
    } | changes
