"""Webhooks: events of a study, posted to addresses that its leads registered."""
