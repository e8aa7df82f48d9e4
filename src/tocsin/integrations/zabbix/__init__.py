"""Zabbix."""
