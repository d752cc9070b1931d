"""`make faults`: what becomes of acknowledged decisions and of the cue when something breaks. See docs/reliability.md.

Every fault is brought about for real: real processes killed, stopped and starved, real servers on loopback. What
was acknowledged is written down by the client that got the answer, and looked up in the store afterwards.
"""
