#!/bin/sh
# echoapp --async fails in one line that says what, why and what to do, and does not wait for what
# never comes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

async() { # ARGUMENT...
    within 20 "$echoapp" --async "$@"
}

expect_refusal 1 "No such file or directory; start echod" "$echoapp" --async \
    --device="$work/missing"
for engine in $engines; do
    # A device that discards everything, and one that only has zeros.
    expect_failure "read 1 yields 0 bytes" async --count=1 --engine="$engine" --device=/dev/null
    expect_failure "no message of this run" async --engine="$engine" --device=/dev/zero
done

# Reads wait for a write, and no write is accepted.
start_echod --dispatch=manual
for engine in $engines; do
    expect_failure "Message too long; the echo device takes 126976 bytes" \
        async --count=20 --size=126977 --engine="$engine" --device="$device"
    expect_equal "lines on what went wrong, '$(cat "$work/stderr")'" 1 "$(wc -l <"$work/stderr")"
done
expect_service

# Limits.
expect_refusal 1 "too much memory; choose a smaller --count or --size" "$echoapp" --async \
    --size=1000000000 --device="$device"
expect_refusal 1 "open files are needed, the limit is 200" prlimit --nofile=200:200 "$echoapp" \
    --async --device="$device"
# A low limit that may be raised is raised.
within 20 prlimit --nofile=200:1000 "$echoapp" --async --device="$device" >"$work/said" ||
    fail "exit status $?"
