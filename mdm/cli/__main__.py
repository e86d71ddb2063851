"""``python -m mdm.cli``: the same as ``valise``."""

from mdm.cli.main import main

main()
