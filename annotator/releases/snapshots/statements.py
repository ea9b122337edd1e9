"""Sentences about a snapshot for its card and metadata. Pure."""

from annotator.constraints.messages import counted
from annotator.releases.snapshots.facts import Facts

UNKNOWN = "unknown: nothing about it is stored; state it before you publish"


def collection(facts: Facts) -> str:
    """Return what was collected."""
    prompts = counted(facts.counts["cases"], "prompt", "prompts")
    annotations = counted(sum(facts.counts["annotations"].values()), "annotation", "annotations")
    annotators = counted(facts.counts["annotators"], "annotator", "annotators")
    return (
        f"{prompts}, each with two generations ({facts.first_role} and {facts.second_role}), verdicts of checkers in "
        f"every scope, and {annotations} by {annotators}."
    )


def collection_type(facts: Facts) -> str:
    """Return the kinds of collection."""
    judged = len(facts.machine_tools) > 1
    return "Manual human annotation; machine annotation by checkers" + (" and judge models" if judged else "")


def time_frame(facts: Facts) -> list[str]:
    """Return when the first and the last annotation were submitted; nothing before the first."""
    return [moment for moment in (facts.first_submitted, facts.last_submitted) if moment is not None]


def annotation_protocol(facts: Facts) -> str:
    """Return how cases were annotated."""
    blind = "The sides are named only after a blind choice." if facts.blind else "The sides are named from the start."
    annotators = counted(facts.overlap, "annotator", "annotators")
    return (
        f"Codebook {facts.codebook}, in `codebooks`. {annotators} a case. {blind} Unanimous labels are gold by rule; "
        "an adjudicator decides the others, with a reason, in `cases`."
    )


def agreement_sentence(facts: Facts) -> str:
    """Return the agreement on the label with its intervals, or why there is none."""
    parts = []
    for name, words in (("raw", "raw agreement"), ("alpha", "Krippendorff's alpha"), ("ac1", "Gwet's AC1")):
        found = facts.agreement["label"][name]
        if found["value"] is None:
            parts.append(f"{words}: {found['status']}")
        elif found["low"] is None:
            parts.append(f"{words} {found['value']:.3f} (too few cases for an interval)")
        else:
            parts.append(f"{words} {found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]")
    shared = counted(facts.agreement["shared_cases"], "case", "cases")
    return f"On the label, {shared} with two or more annotators: {'; '.join(parts)}."


def known_limits(facts: Facts) -> str:
    """Return what a reader has to know before using it."""
    sentences = [f"Verdicts are those of the checkers {facts.checker_version}."]
    if facts.known_defects:
        keys = ", ".join(row["key"] for row in facts.known_defects)
        sentences.append(f"{counted(len(facts.known_defects), 'prompt', 'prompts')} with published faults: {keys}.")
    if facts.withheld:
        sentences.append(f"Keys and labels only, because the texts have no licence: {', '.join(facts.withheld)}.")
    return " ".join(sentences)
