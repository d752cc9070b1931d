"""The shelf of signals: one pure question per file, and the ordered registry."""
