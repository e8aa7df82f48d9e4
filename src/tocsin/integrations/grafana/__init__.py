"""Grafana Alerting."""
