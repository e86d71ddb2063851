"""Builders of Apple's profile payloads; pure and deterministic: the same edition gives the same bytes."""
