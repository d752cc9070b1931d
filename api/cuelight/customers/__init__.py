"""What is kept about one customer: to look at, to hand out, to erase, to set aside, and under which name."""
