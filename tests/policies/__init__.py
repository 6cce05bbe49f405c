"""What images, compose files and manifests must keep to, as plain functions over parsed documents:
each returns complaints.
"""
