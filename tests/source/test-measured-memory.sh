#!/bin/sh
# Shell tests that measure a process's memory make malloc leave it untouched, whatever Meson sets
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
