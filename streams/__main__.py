"""``python -m streams`` is ``undertone``."""

from streams.cli import main

main()
