"""Operations: the demo, the supervisor of local processes and the web server's start.

Shows no pages itself.
"""
