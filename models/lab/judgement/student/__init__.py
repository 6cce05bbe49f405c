"""Train the student (``models.student``): prepare, wide side, deep side, mixture. ``make`` runs all
of it.
"""
