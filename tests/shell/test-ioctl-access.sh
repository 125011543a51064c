#!/bin/sh
# A control code says what access the file must have; otherwise it fails with EACCES.
. "$(dirname "$0")/lib.sh"

start_echod
run_recorded "$controls" "$device" access
expect_equal "$(cat "$work/stdout" "$work/stderr"): status" 0 "$run_status"
