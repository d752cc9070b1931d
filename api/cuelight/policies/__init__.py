"""Policies as versions: what there is, what is in force in this process, and drafts that run beside it."""
