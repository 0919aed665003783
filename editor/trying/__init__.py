"""Trying a flow in the page: what is clicked is a language test, played on the draft at once."""
