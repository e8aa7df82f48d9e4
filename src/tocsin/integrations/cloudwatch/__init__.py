"""Amazon CloudWatch, through its Simple Notification Service (SNS)."""
