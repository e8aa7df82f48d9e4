#!/usr/bin/env bash
# Locks versions with hashes. The files name no registry: they install from whichever one the machine is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."
compile=(uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate)
"${compile[@]}" pyproject.toml --extra postgres -o requirements/run.txt
printf 'hatchling\neditables\n' > requirements/.build.in
"${compile[@]}" pyproject.toml --extra postgres --group dev requirements/.build.in -o requirements/dev.txt
rm requirements/.build.in
