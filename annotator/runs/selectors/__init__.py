"""Selectors of runs: progress, workers, model calls, evidence, judges, and runs and models by name."""

from annotator.runs.selectors.evidence import Evidence, Finding, read_evidence
from annotator.runs.selectors.judge_progress import JudgeProgress, judge_progress, judge_replies_wait
from annotator.runs.selectors.judge_scores import JudgeOfRun, MarkedRun, judge_chosen, judges_of, marked_run
from annotator.runs.selectors.model_calls import CallWithMessages, SentMessage, calls_of, calls_with_messages
from annotator.runs.selectors.progress import RunProgress, run_progress, work_waits
from annotator.runs.selectors.runs import language_model_named, run_numbered, runs_overview, runs_reusing_since
from annotator.runs.selectors.workers import no_worker_message, worker_listening, worker_problems

__all__ = [
    "CallWithMessages",
    "Evidence",
    "Finding",
    "JudgeOfRun",
    "JudgeProgress",
    "MarkedRun",
    "RunProgress",
    "SentMessage",
    "calls_of",
    "calls_with_messages",
    "judge_chosen",
    "judge_progress",
    "judge_replies_wait",
    "judges_of",
    "language_model_named",
    "marked_run",
    "no_worker_message",
    "read_evidence",
    "run_numbered",
    "run_progress",
    "runs_overview",
    "runs_reusing_since",
    "work_waits",
    "worker_listening",
    "worker_problems",
]
