"""Apple's MDM protocol: check-in, command cycle and declarative management."""
