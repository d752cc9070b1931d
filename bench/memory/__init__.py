"""What a customer costs in the store: bytes, and time as the store grows."""
