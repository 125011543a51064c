#!/bin/sh
# A shell test that measures a process's memory has malloc leave it untouched, whatever Meson wants
# (leave_memory_untouched).
set -u
cd "$(dirname "$0")/../shell" || exit 1
status=0
measuring=$(grep -lE 'smaps|VmRSS|statm' test-*.sh)
for test in $measuring; do
    grep -qE '^(leave_memory_untouched$|count_memory_of )' "$test" || {
        echo "FAILED: tests/shell/$test"
        status=1
    }
done
[ -n "$measuring" ] || { echo 'FAILED: no test measures memory'; status=1; }
exit $status
