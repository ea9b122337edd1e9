"""The adjudicator's pages: queue, case, decision and history."""
