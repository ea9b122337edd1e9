"""Language models, runs, generations, verdicts, judge replies, attention traces and workers.

Knows no studies.
"""

from annotator.runs.models.attention_traces import AttentionTrace
from annotator.runs.models.environments import Environment
from annotator.runs.models.generations import Generation
from annotator.runs.models.judge_replies import JudgeReply
from annotator.runs.models.language_models import LanguageModel
from annotator.runs.models.message_batches import MessageBatch
from annotator.runs.models.model_calls import MessageText, ModelCall
from annotator.runs.models.result_counts import RunResultCounts
from annotator.runs.models.runs import Run
from annotator.runs.models.usage import RunUsage
from annotator.runs.models.verdicts import Verdict
from annotator.runs.models.workers import Worker

__all__ = [
    "AttentionTrace",
    "Environment",
    "Generation",
    "JudgeReply",
    "LanguageModel",
    "MessageBatch",
    "MessageText",
    "ModelCall",
    "Run",
    "RunResultCounts",
    "RunUsage",
    "Verdict",
    "Worker",
]
