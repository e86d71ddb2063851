"""The room of personal data: the register, what the purge did, what is stored about a person, erasure."""
