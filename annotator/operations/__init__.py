"""Operations: the demo, the process supervisor and the start of the web server. Has no pages."""
