#!/bin/sh
# A control code says for what the file must have been opened, and is refused with EACCES otherwise.
. "$(dirname "$0")/lib.sh"

start_echod
run_recorded "$controls" "$device" access
expect_equal "$(cat "$work/stdout" "$work/stderr"): status" 0 "$run_status"
