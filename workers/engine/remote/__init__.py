"""Backends that ask a model over HTTP: chat completions of any server, and Anthropic's messages."""
