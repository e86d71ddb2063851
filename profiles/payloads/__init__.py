"""Builders of Apple's profile payloads; pure and deterministic: the same policy gives the same bytes."""
