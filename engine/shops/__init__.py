"""What shop systems tell by webhook: one file per vendor, and what all of them share."""
