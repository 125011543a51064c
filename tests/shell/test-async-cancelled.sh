#!/bin/sh
# echoapp --async: SIGINT and SIGTERM cancel what is outstanding; it prints how much that was, and
# nothing is left behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

# Every operation is either cancelled or complete; a write, which would take a minute, is cancelled.
expect_counts() { # SIGNAL
    cancelled='([0-9]+) cancelled \([0-9]+ reads, ([0-9]+) writes\)'
    told="interrupted by SIG$1: $cancelled, ([0-9]+) were complete"
    counts=$(sed -nE "s/^echoapp: $told .*/\1 \2 \3/p" "$work/said")
    [ -n "$counts" ] || fail "it does not say what SIG$1 has cancelled: $(cat "$work/said")"
    # shellcheck disable=SC2086 # three numbers
    set -- $counts
    expect_equal "writes cancelled" 100 "$2"
    expect_equal "cancelled and completed operations" 200 $(($1 + $3))
}

interrupt() { # ENGINE SIGNAL STATUS
    start_async --engine="$1"
    eventually 10 has_outstanding "$1" || fail "nothing is outstanding with $1"
    kill -"$2" "$client"
    expect_end "$client"
    expect_equal "exit status after SIG$2 with $1, which said '$(cat "$work/said")'" "$3" \
        "$client_status"
    expect_counts "$2"
}

for dispatch in sequential parallel manual; do
    start_echod --dispatch=$dispatch --delay=60000
    for engine in $engines; do
        interrupt "$engine" INT 130
        [ $dispatch = parallel ] || interrupt "$engine" TERM 143
        # In a sequential queue it would wait behind a write that is left.
        # Also behind one that poll has left: it was accepted.
        [ $dispatch = manual ] || [ "$dispatch-$engine" = sequential-poll ] ||
            within 10 cat "$device" >"$work/read" ||
            fail "the device does not answer a read any more"
    done
    stop_echod
done
