"""Entry point: ``python -m streams`` runs ``undertone``."""

from streams.cli import main

main()
