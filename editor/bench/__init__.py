"""Workloads of the editor: what an edit of a drawing costs the server, and a browser."""
