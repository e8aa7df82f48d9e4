#!/usr/bin/env bash
# Installs from Debian what the tests drive: a browser, PostgreSQL, Prometheus and Alertmanager. Nothing is left
# running: while packages are set up, their services are told not to start.
set -euo pipefail
declare -A wanted=([chromium]=chromium [prometheus]=prometheus [prometheus-alertmanager]=prometheus-alertmanager)
missing=()
for program in "${!wanted[@]}"; do
  command -v "$program" >/dev/null 2>&1 || missing+=("${wanted[$program]}")
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ "${#missing[@]}" -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1; then exec sudo bash "$0"; fi
  echo "these Debian packages are missing and only root can install them: ${missing[*]}" >&2
  exit 1
fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
