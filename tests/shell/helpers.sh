# shellcheck shell=sh disable=SC2034,SC2154 # lib.sh has them
# The daemon's helper processes, seen from outside. Sourced after lib.sh.

# helpers_of DAEMON: their process IDs.
helpers_of() {
    # Processes end while this looks at them.
    cat /proc/[0-9]*/status 2>/dev/null |
        awk -v daemon="$1" '/^Pid:/ { pid = $2 } /^PPid:/ && $2 == daemon { print pid }'
}

helper_named() { # NAME
    for helper in $(helpers_of "$pid"); do
        if [ "$(cat "/proc/$helper/comm")" = "$1" ]; then
            echo "$helper"
            return
        fi
    done
    fail "the daemon, process $pid, has no $1"
}

# helper_status PID FIELD: as proc(5) shows it.
helper_status() {
    sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# Signals the daemon and all its processes, as systemd signals a whole service.
signal_service() { # SIGNAL
    # shellcheck disable=SC2046 # several words
    kill "-$1" "$pid" $(helpers_of "$pid")
    eventually 10 is_gone "$pid" || fail "the daemon, process $pid, did not end"
}

# The link that leads clients to the echo device of this test.
echo_link() {
    echo "${links:-/dev/wdfuse}/by-interface/{3b7d1c52-96e4-4f0a-8a5d-c21e6f90b743}/$name"
}
