"""Files of responses that were made elsewhere: readers by format, matching with prompts, splitting.

Pure and streaming: no database, one row of the file in memory at a time. `annotator.runs` makes runs of what is read
here, and `manage.py verify` checks it without a run.
"""
