"""Model router: which model scores which review, and hot swapping of models announced on
``models.lifecycle``.
"""
