"""Behaviour suite: written cases of what a model of reviews must be able to do, after CheckList.

Ribeiro et al. 2020, https://doi.org/10.18653/v1/2020.acl-main.442
"""
