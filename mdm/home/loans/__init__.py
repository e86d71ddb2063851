"""Loans of tablets to families: terms, acceptance, handing over, return, reminders, erasure."""
