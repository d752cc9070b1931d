"""Cuelight: red, amber and green cues beside a support chat."""

__version__ = "0.1.0"
