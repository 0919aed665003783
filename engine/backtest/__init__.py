"""The past, played again through flows as they stand in files: what they would have done."""
