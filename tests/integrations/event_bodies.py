"""Bodies of the senders that post one event each, and what is expected of them and of the recorded ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A body that fires, one that ends the same alert, and what is expected of the first."""

    fires: dict[str, Any]
    clears: dict[str, Any]
    key: str
    labels: dict[str, str]
    since: str = "2026-01-29T14:24:00Z"
    over: str = "2026-01-29T14:24:00Z"
    url: str = ""
    wrong: dict[str, Any] = field(default_factory=dict)
    where: str = ""


def alarm(state: str, at: str) -> dict[str, Any]:
    said = {
        "AlarmName": "HighCpu",
        "AlarmDescription": "CPU above 90 %",
        "AWSAccountId": "123456789012",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:HighCpu",
        "Region": "EU (Ireland)",
        "NewStateValue": state,
        "NewStateReason": "1 datapoint was above 90",
        "StateChangeTime": at,
        "Trigger": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/EC2",
            "Dimensions": [{"name": "InstanceId", "value": "i-1"}],
        },
    }
    return {"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:t", "Message": json.dumps(said)}


def azure(condition: str, **more: object) -> dict[str, Any]:
    essentials = {
        "alertId": "/subscriptions/S/providers/Microsoft.AlertsManagement/alerts/1",
        "alertRule": "disk-full",
        "severity": "Sev0",
        "signalType": "Metric",
        "monitorCondition": condition,
        "monitoringService": "Platform",
        "configurationItems": ["db-1"],
        "firedDateTime": "2026-01-29T14:20:00.1234567Z",
        **more,
    }
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": {}}}


def kuma(status: int, at: str) -> dict[str, Any]:
    return {
        "heartbeat": {"monitorID": 29, "status": status, "time": at, "msg": "timeout of 48000 ms"},
        "monitor": {
            "id": 29,
            "name": "Shop",
            "url": "https://shop.example",
            "hostname": None,
            "type": "http",
            "tags": [],
        },
        "msg": "[Shop] [Down] timeout",
    }


def zabbix(status: str) -> dict[str, Any]:
    return {"hostname": "db-1", "trigger": "Disk full", "status": status, "severity": "High", "event_id": "17"}


def google(state: str, ended: int | None) -> dict[str, Any]:
    incident = {
        "incident_id": "i-7",
        "state": state,
        "policy_name": "Latency",
        "condition_name": "p99 above 2 s",
        "resource": {"type": "cloudsql_database", "labels": {"database_id": "main"}},
        "resource_name": "main",
        "scoping_project_id": "shop",
        "policy_user_labels": {"team": "data"},
        "severity": "Critical",
        "started_at": 1769696400,
        "ended_at": ended,
        "url": "https://console.example/i-7",
        "summary": "p99 is 3 s",
    }
    return {"version": "1.2", "incident": incident}


def sentry(action: str, **issue: object) -> dict[str, Any]:
    said = {
        "id": "42",
        "title": "ValueError: no such cart",
        "level": "error",
        "culprit": "cart.load",
        "shortId": "SHOP-2",
        "firstSeen": "2026-01-29T14:20:00.5Z",
        "permalink": None,
        "project": {"slug": "shop"},
        **issue,
    }
    return {"action": action, "data": {"issue": said}, "actor": {"type": "application"}}


def relic(state: str) -> dict[str, Any]:
    return {
        "id": "issue-9",
        "issueUrl": "https://one.example/issue-9",
        "title": "Checkout is slow",
        "priority": "CRITICAL",
        "impactedEntities": ["checkout"],
        "state": state,
        "createdAt": 1769696400000,
        "updatedAt": 1769696520000,
        "alertPolicyNames": ["Shop"],
        "alertConditionNames": ["Response time"],
    }


def datadog(transition: str) -> dict[str, Any]:
    return {
        "title": f"[{transition} on {{host:mq-1}}] Queue is long",
        "body": "more than 1000 messages",
        "alert_transition": transition,
        "alert_type": "error",
        "alert_cycle_key": "c-1",
        "monitor_id": 123,
        "scope": "host:mq-1",
        "priority": "2",
        "tags": "service:payments,team:data,monitor",
        "link": "https://app.example/monitors/123",
        "date": 1769696400000,
    }


CASES = {
    "azure": Case(
        azure("Fired"),
        azure("Resolved", resolvedDateTime="2026-01-29T14:22:00Z"),
        "/subscriptions/s/providers/microsoft.alertsmanagement/alerts/1",
        {"alertname": "disk-full", "severity": "critical", "azure_severity": "Sev0", "resource": "db-1"},
        "2026-01-29T14:20:00.123456Z",
        "2026-01-29T14:22:00Z",
        wrong=azure("Perhaps"),
        where="data.essentials.monitorCondition",
    ),
    "cloudwatch": Case(
        alarm("ALARM", "2026-01-29T14:20:00.000+0000"),
        alarm("OK", "2026-01-29T14:22:00.000+0000"),
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:HighCpu",
        {"alertname": "HighCpu", "namespace": "AWS/EC2", "InstanceId": "i-1", "account": "123456789012"},
        "2026-01-29T14:20:00Z",
        "2026-01-29T14:22:00Z",
        wrong=alarm("BROKEN", ""),
        where="Message.NewStateValue",
    ),
    "datadog": Case(
        datadog("Triggered"),
        {**datadog("Recovered"), "date": "1769696520000"},
        "c-1",
        {"alertname": "Queue is long", "service": "payments", "team": "data", "priority": "P2", "monitor": "123"},
        "2026-01-29T14:20:00Z",
        "2026-01-29T14:22:00Z",
        "https://app.example/monitors/123",
        datadog("Sideways"),
        "alert_transition",
    ),
    "googlecloud": Case(
        google("open", None),
        google("closed", 1769696520),
        "i-7",
        {"alertname": "p99 above 2 s", "team": "data", "database_id": "main", "severity": "critical"},
        "2026-01-29T14:20:00Z",
        "2026-01-29T14:22:00Z",
        "https://console.example/i-7",
        google("ajar", None),
        "incident.state",
    ),
    "newrelic": Case(
        relic("ACTIVATED"),
        relic("CLOSED"),
        "issue-9",
        {"alertname": "Response time", "severity": "critical", "entity": "checkout", "policy": "Shop"},
        "2026-01-29T14:20:00Z",
        "2026-01-29T14:22:00Z",
        "https://one.example/issue-9",
        relic("SLEEPING"),
        "state",
    ),
    "sentry": Case(
        sentry("created"),
        sentry("resolved"),
        "issue:42",
        {"alertname": "ValueError: no such cart", "project": "shop", "severity": "error", "issue": "SHOP-2"},
        "2026-01-29T14:20:00.5Z",
        wrong=sentry("created", id=None),
        where="data.issue.id",
    ),
    "uptimekuma": Case(
        kuma(0, "2026-01-29 14:20:00.000"),
        kuma(1, "2026-01-29 14:22:00.000"),
        "29",
        {"alertname": "Shop", "monitor": "29", "target": "https://shop.example", "type": "http"},
        "2026-01-29T14:20:00Z",
        "2026-01-29T14:22:00Z",
        wrong=kuma(9, ""),
        where="heartbeat.status",
    ),
    "zabbix": Case(
        zabbix("PROBLEM"),
        zabbix("RESOLVED"),
        "17",
        {"alertname": "Disk full", "host": "db-1", "severity": "high"},
        wrong=zabbix("MAYBE"),
        where="status",
    ),
}
