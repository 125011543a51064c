#!/bin/sh
# echoapp --async with --dispatch=manual: reads wait for the first write, instead of returning
# nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

for engine in $engines; do
    # Some kernels do not let io_uring read a file whose size is 0.
    [ "$kind-$engine" != fuse-uring ] || continue
    # Over io_uring what comes from two CPUs is in no order: a read may be behind the last write.
    start_echod --dispatch=manual --uring=off
    run_async 100 --engine="$engine"
    not grep 'too early' "$work/said" || fail "reads did not wait"
    stop_echod
done
