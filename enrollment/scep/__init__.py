"""SCEP (RFC 8894): how a tablet gets its certificate."""
