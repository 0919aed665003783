"""What providers tell by webhooks: a file each, from their words to reports. Nothing is stored."""
