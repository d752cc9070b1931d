"""The words of the house as frozen values. Standard library only: no I/O, no clock, no environment."""
