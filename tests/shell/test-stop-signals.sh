#!/bin/sh
# The first SIGTERM ends the daemon in order, even while a suspend is stuck; the second one ends it
# at once.
. "$(dirname "$0")/troubled.sh"

# SIGTERM while the driver suspends: once that returns, the device is removed in order, with status
# 0.
start_troubled --stop-timeout=60
choose_trouble "hang suspend"
kill -USR1 "$troubled"
expect_said "troubled: suspend"
kill -TERM "$troubled"
expect_said "Terminated: stopping when the driver comes back to us"
choose_trouble "none"
expect_troubled_end 0
expect_said "troubled: unload"

# A suspend that never ends because of a forgotten request; there is no limit. A SIGHUP counts only
# as the first signal.
while read -r infinity first name_of_first; do
    start_troubled --stop-timeout="$infinity"
    start_reader
    kill -USR1 "$troubled"
    expect_said "troubled: suspend"
    kill -"$first" "$troubled"
    expect_said "$name_of_first: stopping when the driver comes back to us"
    [ "$first" = INT ] || kill -HUP "$troubled"
    kill -TERM "$troubled"
    expect_troubled_end 1
    expect_said "Terminated while the driver has not come back to us: ending at once"
    expect_reader_fails
done <<END
0 TERM Terminated
infinity HUP Hangup
infinity INT Interrupt
END

# A waiting user is told what helps.
start_troubled --stop-timeout=infinity
choose_trouble "hang exit"
kill -TERM "$troubled"
expect_said "waiting for the driver; a second SIGTERM ends this daemon at once"
expect_said "EvtDeviceD0Exit of $name has not returned"
kill -TERM "$troubled"
expect_troubled_end 1
