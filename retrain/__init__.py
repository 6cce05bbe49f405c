"""Closed loop: drift detectors, policy, trainer, promotion and alerts. May import every room but
``streams``.
"""
