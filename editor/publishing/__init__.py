"""Publishing from the page: what would change and for whom, the commit, and old versions."""
