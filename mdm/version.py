"""The version of Valise."""

VERSION = "0.1.0"
