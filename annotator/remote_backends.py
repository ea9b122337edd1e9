"""Options and serving settings of models that are asked over HTTP, for web, runs and workers.

Pure Python. Owns what such a model can do by its options, and which base URLs are well-formed; which addresses may be
reached is checked when a worker connects (`annotator.network`).
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from annotator.claude_models import EFFORTS, claude_model
from annotator.local_options import THINKING_SWITCHES
from annotator.options import OptionsError

CONTINUED, PROBABILITIES, TOOLS = "continued turns", "probabilities", "tools"
THINKING_OFF = "thinking switched off"
SWITCHES = ("none", "always", "reasoning_effort", *THINKING_SWITCHES)
TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")
CACHES = ("", "5m", "1h")
DISPLAYS = ("summarized", "omitted")
_OPENAI_EFFORTS = ("", "none", "minimal", "low", "medium", "high", "xhigh", "max")
_OFFERED_BY_SERVERS = (CONTINUED, PROBABILITIES, TOOLS)
_SET_BY_REQUESTS = ("messages", "add_generation_prompt", "continue_final_message")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_OWN_SETTINGS = ("SECRET_KEY", "DATABASE_URL", "BROKER_URL", "METRICS_TOKEN", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
_LONGEST_URL = 500
_LEAST_BUDGET, _MOST_BUDGET = 1_024, 65_536


@dataclass(frozen=True, slots=True)
class OpenAIOptions:
    """The options of a model behind chat completions, which change its text; all may be left out."""

    thinking_switch: str = "none"
    """What switches thinking: a variable of the chat template (`enable_thinking`, `thinking`), `reasoning_effort`,
    `none` for a model that does not think by itself, `always` for one that cannot stop."""
    enable_thinking: bool | None = None
    """Whether the model thinks by itself where a strategy does not say; None is the server's own choice."""
    effort: str = ""
    """The `reasoning_effort` that is sent while it thinks; "" sends none, or `medium` where this is the switch."""
    effort_off: str = "none"
    """The `reasoning_effort` that switches thinking off; "" where no effort does."""
    budget_tokens: int = 0
    """vLLM's `thinking_token_budget`, on top of `max_new_tokens`; 0 sends none."""
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """Further switches of the chat template, by the names that it reads."""
    offers: list[str] = field(default_factory=list)
    """What the server can: `continued turns` (vLLM, SGLang), `probabilities` (logprobs), `tools`."""
    sampling: bool = True
    """Whether the server takes temperature, top_p and seed; some reasoning models refuse them."""
    token_limit: str = "max_tokens"  # noqa: S105 - the name of a field, no secret
    """The field of a request that limits its tokens: OpenAI's newer models read `max_completion_tokens` alone."""

    def __post_init__(self) -> None:
        _check_choice("openai", "thinking_switch", self.thinking_switch, SWITCHES)
        _check_choice("openai", "token_limit", self.token_limit, TOKEN_LIMITS)
        _check_choice("openai", "effort", self.effort, _OPENAI_EFFORTS)
        _check_choice("openai", "effort_off", self.effort_off, _OPENAI_EFFORTS)
        for name in self.offers:
            _check_choice("openai", "offers", name, _OFFERED_BY_SERVERS)
        for name in self.chat_template_kwargs:
            if name in _SET_BY_REQUESTS:
                raise OptionsError(f"openai: chat_template_kwargs: {name!r} is set for each request by Cotrast.")
        _check_range("openai", "budget_tokens", self.budget_tokens, 0, _MOST_BUDGET)

    def abilities(self, name: str) -> frozenset[str]:
        """Return what the model offers, as names of `annotator.backends.ABILITIES`."""
        cannot_stop = self.thinking_switch == "always"
        cannot_stop = cannot_stop or (self.thinking_switch == "reasoning_effort" and not self.effort_off)
        return frozenset(self.offers) | (frozenset() if cannot_stop else {THINKING_OFF})

    def takes_sampling(self, name: str) -> bool:
        """Whether the model takes a temperature."""
        return self.sampling


@dataclass(frozen=True, slots=True)
class AnthropicOptions:
    """The options of a model of Anthropic, which change its text; all may be left out."""

    enable_thinking: bool | None = None
    """Whether the model thinks by itself where a strategy does not say; None is the provider's own choice."""
    budget_tokens: int = 4_096
    """Tokens for thinking, on top of `max_new_tokens`: the budget of models that take one, and room for the others."""
    effort: str = ""
    """`output_config.effort` while it thinks; "" sends none."""
    display: str = "summarized"
    """How thinking is returned: `summarized` or `omitted`."""
    thinking_stops: bool | None = None
    """Whether thinking can be switched off; None is what `annotator.claude_models` knows of the model."""

    def __post_init__(self) -> None:
        _check_choice("anthropic", "effort", self.effort, ("", *EFFORTS))
        _check_choice("anthropic", "display", self.display, DISPLAYS)
        _check_range("anthropic", "budget_tokens", self.budget_tokens, _LEAST_BUDGET, _MOST_BUDGET)

    def abilities(self, name: str) -> frozenset[str]:
        """Return what the model offers, as names of `annotator.backends.ABILITIES`."""
        known = claude_model(name)
        stops = self.thinking_stops
        if stops is None:
            stops = known is None or known.can_stop_thinking
        return frozenset((TOOLS, THINKING_OFF)) if stops else frozenset((TOOLS,))

    def takes_sampling(self, name: str) -> bool:
        """Whether the model takes a temperature: none does, in the version of the API that the SDK speaks."""
        return False


@dataclass(frozen=True, slots=True)
class OpenAIServing:
    """Serving settings of a model behind chat completions. Change no text, and are no part of the model's identity."""

    base_url: str = "https://api.openai.com/v1"
    api_key_env: str = "OPENAI_API_KEY"
    """The *name* of the environment variable that has the key; "" for a server that needs none."""
    concurrency: int = 8
    """The most requests at once."""
    timeout_s: float = 600.0
    """The time after which a request without an answer is tried again, in seconds."""

    def __post_init__(self) -> None:
        _check_serving("openai", self.base_url, self.api_key_env, self.concurrency, self.timeout_s)


@dataclass(frozen=True, slots=True)
class AnthropicServing:
    """Serving settings of a model of Anthropic. Change no text, and are no part of the model's identity."""

    base_url: str = "https://api.anthropic.com"
    api_key_env: str = "ANTHROPIC_API_KEY"
    """The *name* of the environment variable that has the key; "" for a server that needs none."""
    concurrency: int = 8
    """The most requests at once."""
    timeout_s: float = 600.0
    """The time without a word from the provider after which a request is tried again, in seconds."""
    cache: str = "5m"
    """How long the turns before the last one, such as exemplars, stay in the provider's cache: 5m, 1h, "" for not."""
    batches: bool = False
    """Whether requests go out as message batches: cheaper, and answered within a day."""
    poll_s: float = 30.0
    """The interval between questions for a batch, in seconds."""

    def __post_init__(self) -> None:
        _check_serving("anthropic", self.base_url, self.api_key_env, self.concurrency, self.timeout_s)
        _check_choice("anthropic: serving", "cache", self.cache, CACHES)
        _check_range("anthropic: serving", "poll_s", self.poll_s, 0.01, 3_600)


def _check_serving(backend: str, base_url: str, api_key_env: str, concurrency: int, timeout_s: float) -> None:
    where = f"{backend}: serving"
    if problem := _url_problem(base_url):
        raise OptionsError(f"{where}: base_url {problem}; write it as in http://127.0.0.1:8000/v1.")
    if api_key_env and not _VARIABLE.fullmatch(api_key_env):
        raise OptionsError(
            f"{where}: api_key_env is the name of an environment variable, such as {backend.upper()}_API_KEY, and "
            "never the key itself."
        )
    if api_key_env in _OWN_SETTINGS:
        raise OptionsError(f"{where}: api_key_env names {api_key_env}, a secret of Cotrast, which no server gets.")
    _check_range(where, "concurrency", concurrency, 1, 256)
    _check_range(where, "timeout_s", timeout_s, 1, 3_600)


def _url_problem(url: str) -> str:
    """What is wrong with a base URL, as the rest of a sentence that does not repeat it; "" for a good one."""
    if len(url) > _LONGEST_URL:
        return f"has more than {_LONGEST_URL} characters"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        if "[" in parts.netloc:
            ipaddress.IPv6Address(host)
        elif host.rpartition(".")[2].isdigit():
            ipaddress.IPv4Address(host)
        elif host and host.isascii() and not _HOST.fullmatch(host):
            return "names no host"
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https"):
        return "must begin with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "must hold no user name and no password"
    if not host or port == 0:
        return "names no host"
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "must hold no query and no fragment"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "has characters that no URL has; a host of other letters is written as in xn--bcher-kva.example"
    return ""


def _check_choice(where: str, name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise OptionsError(f"{where}: {name} must be one of {', '.join(filter(None, known))}, not {value!r:.80}.")


def _check_range(where: str, name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OptionsError(f"{where}: {name}={value!r}: give a number from {low:.12g} to {high:.12g}.")
