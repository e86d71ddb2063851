"""The doors: how people come in, by invitation, passkey, password or another login, and what they keep."""
