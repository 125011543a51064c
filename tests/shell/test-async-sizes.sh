#!/bin/sh
# echoapp --async: the shortest and the longest messages, one operation and a thousand.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

start_echod
for engine in $engines; do
    for size in 1 126976; do
        run_async 1 --engine="$engine" --size=$size
        run_async 60 --engine="$engine" --size=$size
    done
    run_async 1000 --engine="$engine"
done
stop_echod

# More than are submitted before the first write.
start_echod --dispatch=manual
for engine in $engines; do
    run_async 200 --engine="$engine"
done
