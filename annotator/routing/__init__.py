"""Training of routers, their reports, and the evaluation of the decision pipeline."""
