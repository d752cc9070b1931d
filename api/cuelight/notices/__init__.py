"""The "was this you?" notice: asking the owner, and sending the question."""
