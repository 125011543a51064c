#!/bin/sh
# docs/statuses.md is the complete table of src/nt/status.c.
set -eu
cd "$(dirname "$0")/../.."
failures=$(grep -cE '^    ERROR(_BY_KIND)?\(STATUS' src/nt/status.c)
rows=$(grep -c '^| STATUS' docs/statuses.md)
scripts/status-table --print | diff -u docs/statuses.md - || {
    echo 'FAILED: docs/statuses.md is not of today: run scripts/status-table'
    exit 1
}
[ "$rows" -eq "$failures" ] || {
    echo "FAILED: $rows rows for $failures failures with an errno"
    exit 1
}
