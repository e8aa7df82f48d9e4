"""Google Cloud Monitoring."""
