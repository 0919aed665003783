"""What came of it: figures with how sure they are."""
