"""Tables of the study: itself, its members, codebooks, datasets and prompts. Pure."""

from annotator.releases.snapshots.columns import Table
from annotator.releases.snapshots.tables.fields import (
    DATASET,
    PROMPT,
    SHOWN,
    boolean,
    integer,
    json,
    moment,
    rows,
    text,
)

STUDY = Table(
    "study",
    "the study itself: which runs it pairs, and how its cases are annotated",
    ("study",),
    (
        text("study", "short name"),
        text("title", "title"),
        text("scope", "what outcomes judge", labels=("answer", "completion")),
        integer("overlap", "annotators a case"),
        boolean("blind", "whether annotators choose before the sides are named"),
        text("verdicts_shown", "when annotators see the verdicts", labels=SHOWN),
        boolean("judge_unfinished", "whether empty and cut-off answers are compared too"),
        text("order", "order of the queue", accepted=("random", "hardest", "agreement")),
        integer("seed", "seed of the queue's order"),
        integer("check_every", "one of so many cases is a hidden check; 0 for none"),
        text("status", "open or closed", accepted=("open", "closed")),
        boolean("extended", "whether prompts were added later"),
        text("codebook", "codebook"),
        integer("codebook_version", "version of it"),
        integer("first_run", "number of the first run in `runs`"),
        integer("second_run", "number of the second run"),
        text("first_role", "what the study calls the first run"),
        text("second_role", "what the study calls the second run"),
        rows(
            "earlier_runs",
            "the pairs of runs before prompts were added",
            integer("first_run", "number of the first run"),
            integer("second_run", "number of the second run"),
            moment("replaced_at", "when another pair followed"),
        ),
        moment("created_at", "when it was made"),
        moment("archived_at", "when it was archived"),
    ),
)
MEMBERS = Table(
    "members",
    "annotators, adjudicators, curators and leads, under pseudonyms",
    ("annotator",),
    (
        text("annotator", "pseudonym"),
        text("role", "role in the study; site_lead for who acted in it without being a member"),
        moment("unblinded_at", "since when they may know whose answer is whose"),
        moment("deactivated_at", "when their membership ended"),
        text("deactivation_reason", "why"),
        boolean("left_out", "whether their annotations count nowhere"),
    ),
)
CODEBOOKS = Table(
    "codebooks",
    "every version of a codebook that was used: guideline and failure patterns",
    ("codebook", "codebook_version"),
    (
        text("codebook", "name"),
        integer("codebook_version", "version"),
        text("content_hash", "hash of the content"),
        text("guideline", "guideline, in Markdown"),
        rows(
            "patterns",
            "failure patterns, in order",
            text("slug", "short name"),
            text("name", "name"),
            text("help", "definition"),
            text("examples", "examples"),
            text("hotkey", "digit that chooses it"),
            boolean("needs_text", "whether it wants words beside it"),
        ),
    ),
)
DATASETS = Table(
    "datasets",
    "the datasets of the prompts",
    ("dataset", "version"),
    (
        *DATASET,
        text("format", "format that it was imported from"),
        text("content_hash", "hash of the content"),
        integer("prompt_count", "number of prompts"),
        text("terms", "what is known of its licence; empty where nothing is"),
        boolean("withheld", "whether its texts are left out of this snapshot"),
    ),
)
PROMPTS = Table(
    "prompts",
    "the prompts with their constraints",
    ("dataset", "version", "key"),
    (
        *PROMPT,
        integer("position", "place in the dataset, from 0"),
        text("text", "the user turn", licensed=True),
        json("attributes", "further fields of its format", licensed=True, encoded=True),
        json("metadata", "further fields of its source", licensed=True, encoded=True),
        rows(
            "known_defects",
            "published faults of the prompt",
            text("source", "who published it"),
            text("sentence", "the fault"),
            boolean("contradictory", "whether two constraints contradict each other"),
        ),
        rows(
            "constraints",
            "requirements, in order",
            text("kind", "kind of constraint"),
            json("kwargs", "its arguments", licensed=True, encoded=True),
            text("scope", "whether it is about the answer or the reasoning"),
            integer("span_start", "first character of the words of the prompt that state it"),
            integer("span_end", "character after the last"),
            encoded=True,
        ),
    ),
)
