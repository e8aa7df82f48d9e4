"""What the commands about plans share."""
