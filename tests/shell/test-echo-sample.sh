#!/bin/sh
# echod --echo=sample: a timer completes reads and writes, one at a time; until then they can be
# cancelled; it beats only in D0; what the sample does not handle fails. In both forms, and with
# manual dispatch.
. "$(dirname "$0")/lib.sh"

long_period=60000

# A period that does not end during the test.
expect_waiting_until_cancelled() { # OPTION...
    choose_device "long$form"
    start_echod --echo=sample --delay=$long_period "$@"
    start_client sh -c 'exec echo hello >"$1"' sh "$device"
    expect_waiting "$client"
    kill -TERM "$client"
    expect_end "$client"
    stop_echod
}

form=0
for options in --sync=queue --sync=none --dispatch=manual; do
    form=$((form + 1))
    choose_device "form$form"
    # shellcheck disable=SC2086 # a list
    start_echod --echo=sample --delay=5 $options
    expect_service
    expect_equal "the first bytes" are "$(head -c 3 "$device")"
    expect_equal "the first bytes, again" are "$(head -c 3 "$device")"

    # Five writes by five clients take five beats.
    begin=$(milliseconds_now)
    writers=
    for _ in 1 2 3 4 5; do
        start_client sh -c 'echo one >"$1"' sh "$device"
        writers="$writers $client"
    done
    for one in $writers; do
        expect_end "$one"
        expect_equal "a write's status" 0 "$client_status"
    done
    took=$(($(milliseconds_now) - begin))
    [ "$took" -ge 20 ] || fail "five writes, one for each beat of 5 ms, took $took ms"

    # No beat while it is suspended.
    within 20 "$build/app/wdfctl" --daemon="$pid" suspend || fail "suspend: status $?"
    start_client sh -c 'echo late >"$1"' sh "$device"
    expect_waiting "$client"
    within 20 "$build/app/wdfctl" --daemon="$pid" resume || fail "resume: status $?"
    expect_end "$client"
    expect_equal "what was written meanwhile" late "$(head -c 4 "$device")"
    stop_echod

    # shellcheck disable=SC2086 # a list
    expect_waiting_until_cancelled $options
done

expect_refusal 2 "--echo=sample has one request at a time" "$echod" --name=none --echo=sample \
    --dispatch=parallel
expect_refusal 2 "--echo=sample has two forms" "$echod" --name=none --echo=sample --sync=device
expect_refusal 2 "'windows' is none of message, sample" "$echod" --name=none --echo=windows

choose_device app
start_echod --echo=sample --delay=1
within 20 "$echoapp" --device="$device" --async --count=20 >"$work/said" ||
    fail "echoapp --async: $(cat "$work/said")"
grep -q '20 reads and 20 writes' "$work/said" || fail "$(cat "$work/said")"
