#!/bin/sh
# The client of libfuse's CUSE example, as libfuse ships it, works with a driver.
. "$(dirname "$0")/wdfhost.sh"

client=$build/tests/shell/libfuse-cuse-client
[ -x "$client" ] || skip "libfuse3-dev's examples were not there when this was built"

# expect_client OUTPUT ERRORS ARGUMENT...: what it prints where; its input is $work/input.
expect_client() {
    expected_output=$1
    expected_errors=$2
    shift 2
    run_recorded "$client" "$device" "$@" <"$work/input"
    ! grep -q "Permission denied" "$work/stderr" ||
        skip "the daemon may not look into this client's memory"
    expect_equal "$*: status" 0 "$run_status"
    expect_equal "$*: output" "$expected_output" "$(cat "$work/stdout")"
    expect_equal "$*: errors" "$expected_errors" "$(cat "$work/stderr")"
}

start_driver store
echo hello >"$work/input"
expect_client 0 "" s
expect_client "" "Writing 6 bytes
transferred 6 bytes (0 -> 6)" w 6
expect_client 6 "" s
expect_client hello "transferred 6 bytes (6 -> 6)" r 10
expect_client "" "Writing 6 bytes
transferred 6 bytes (6 -> 9)" w 6 3
expect_client "" "" s 5
expect_client helhe "transferred 5 bytes (5 -> 5)" r 10
