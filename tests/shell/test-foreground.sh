#!/bin/sh
# -f and -d stay in the foreground, where Ctrl-C and SIGTERM end the daemon in order.
. "$(dirname "$0")/lib.sh"

for option in -f -d; do
    for signal in 2 15; do
        start_client "$echod" $option --name="$name" --pidfile="$pidfile" \
            ${mount:+"--mount=$mount"} 2>"$work/log"
        eventually 20 device_opens ||
            fail "with $option the device does not open; the log: $(cat "$work/log")"
        daemon_register
        expect_equal "the daemon, with $option" "$client" "$pid"
        expect_service
        kill -"$signal" "$pid"
        expect_daemon_end
        expect_end "$client"
        expect_equal "exit status after $option and signal $signal; the log: $(cat "$work/log")" 0 \
            "$client_status"
    done
done
