"""Selectors of runs: progress, repeats, accuracies, workers, calls, evidence, judges, rows by name."""

from annotator.runs.selectors.accuracies import prompt_accuracies, run_accuracies
from annotator.runs.selectors.attention_progress import TraceProgress, attention_traces_wait, trace_progress
from annotator.runs.selectors.evidence import Evidence, Finding, read_evidence, strict_note
from annotator.runs.selectors.judge_progress import JudgeProgress, judge_progress, judge_replies_wait
from annotator.runs.selectors.judge_scores import JudgeOfRun, MarkedRun, judge_chosen, judges_of, marked_run
from annotator.runs.selectors.model_calls import CallWithMessages, SentMessage, calls_of, calls_with_messages
from annotator.runs.selectors.progress import RunProgress, run_progress, work_waits
from annotator.runs.selectors.repeats import (
    RepeatResults,
    RunGroup,
    ScopeAccuracies,
    Spread,
    repeat_results,
    repeats_with,
    run_group,
    run_groups,
)
from annotator.runs.selectors.replays import StoredGeneration, generation_numbered, generation_stored
from annotator.runs.selectors.run_results import RunResults, decision_probability, run_results
from annotator.runs.selectors.runs import (
    dataset_called,
    language_model_named,
    run_numbered,
    running_run_ids,
    runs_overview,
    runs_reusing_since,
)
from annotator.runs.selectors.workers import no_worker_message, worker_listening, worker_problems

__all__ = [
    "CallWithMessages",
    "Evidence",
    "Finding",
    "JudgeOfRun",
    "JudgeProgress",
    "MarkedRun",
    "RepeatResults",
    "RunGroup",
    "RunProgress",
    "RunResults",
    "ScopeAccuracies",
    "SentMessage",
    "Spread",
    "StoredGeneration",
    "TraceProgress",
    "attention_traces_wait",
    "calls_of",
    "calls_with_messages",
    "dataset_called",
    "decision_probability",
    "generation_numbered",
    "generation_stored",
    "judge_chosen",
    "judge_progress",
    "judge_replies_wait",
    "judges_of",
    "language_model_named",
    "marked_run",
    "no_worker_message",
    "prompt_accuracies",
    "read_evidence",
    "repeat_results",
    "repeats_with",
    "run_accuracies",
    "run_group",
    "run_groups",
    "run_numbered",
    "run_progress",
    "run_results",
    "running_run_ids",
    "runs_overview",
    "runs_reusing_since",
    "strict_note",
    "trace_progress",
    "work_waits",
    "worker_listening",
    "worker_problems",
]
