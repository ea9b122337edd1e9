"""Reads of webhooks: their deliveries, and the studies that an event is about."""
