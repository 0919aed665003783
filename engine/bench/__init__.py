"""Workloads that say how fast this machine runs Headrace."""
