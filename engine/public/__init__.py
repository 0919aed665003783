"""The HTTP surface that faces the internet: tracking, links in messages, on-site messages."""
