"""Who people are, by what they may be reached, and what they agreed to."""
