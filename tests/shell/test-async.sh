#!/bin/sh
# echoapp --async: 100 reads and 100 writes at once, all verified, whatever the engine and the kind
# of dispatch.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

for options in --dispatch=sequential --dispatch=parallel --dispatch=manual \
    '--dispatch=manual --read=sample'; do
    # shellcheck disable=SC2086 # a list
    start_echod $options
    for engine in $engines; do
        run_async 100 --engine="$engine"
        grep -q "100 reads and 100 writes of 512 bytes at once, by $engine" "$work/said" ||
            fail "it does not say what it does: $(cat "$work/said")"
    done
    stop_echod
done
