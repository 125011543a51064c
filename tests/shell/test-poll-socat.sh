#!/bin/sh
# socat, which does not sleep in read(2), writes to the device and reads from it by one open file,
# both ways at once.
. "$(dirname "$0")/lib.sh"
requires program socat

for dispatch in manual parallel sequential; do
    start_echod --dispatch=$dispatch
    case $dispatch in
    # Reads wait for a new message: socat goes on until the end of its standard input, and half a
    # second longer.
    manual) run_recorded sh -c 'echo "to and fro" | socat -t 0.5 - OPEN:"$1",rdwr,nonblock' sh \
        "$device" ;;
    # Reading an already read message is the end: so write first, then read.
    *) run_recorded sh -c 'echo "to and fro" | socat -u - OPEN:"$1",wronly,nonblock &&
        socat -u OPEN:"$1",rdonly,nonblock -' sh "$device" ;;
    esac
    expect_equal "exit status of socat with $dispatch, which said '$(cat "$work/stderr")'" 0 \
        "$run_status"
    expect_equal "what came back with $dispatch" "to and fro" "$(cat "$work/stdout")"
    stop_echod
done
