"""The student: a small model of three classes for many languages; ``models.lab.judgement.student``
makes it.
"""
