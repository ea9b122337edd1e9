"""Tools for language models over the Model Context Protocol, for reading alone (docs/mcp.md)."""
