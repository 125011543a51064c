#!/bin/sh
# A client whose other thread unmaps its buffers, or changes its structure, while the driver works,
# gets an answer or an error; the daemon is not harmed.
. "$(dirname "$0")/lib.sh"

start_echod --workers=4
for what in changing unmapping; do
    run_recorded "$controls" "$device" "$what" 3
    [ "$run_status" -ne 77 ] || skip "$(cat "$work/stdout")"
    expect_equal "$what: $(cat "$work/stdout" "$work/stderr"): status" 0 "$run_status"
    expect_service
done
