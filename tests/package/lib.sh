# shellcheck shell=sh
#
# For tests of packages: each check is a line, and the last line counts them.

passed=0 failed=0

# What else there is to say of a failure; a test may have more.
explain() {
    :
}

# check WHAT COMMAND...
check() {
    what=$1
    shift
    if "$@" >/tmp/said 2>&1; then
        echo "ok: $what"
        passed=$((passed + 1))
    else
        echo "FAILED: $what: $*"
        sed 's/^/    /' /tmp/said
        explain 2>&1 | sed 's|^|    |'
        failed=$((failed + 1))
    fi
}

# eventually SECONDS COMMAND...
eventually() {
    deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

not() {
    ! "$@"
}

# refuses TEXT COMMAND...: it fails, and one line of its output contains TEXT.
refuses() {
    text=$1
    shift
    ! "$@" >/tmp/refusal 2>&1 || return
    cat /tmp/refusal
    grep -q "$text" /tmp/refusal
}

# Packages that are unpacked and not configured, or the like.
is_half_done() {
    dpkg --audit | grep .
}

# logged TEXT [UNIT]: a line of the unit's in the journal.
logged() {
    journalctl -q --no-pager -u "${2:-echod}" | grep -- "$1"
}

state_is() { # STATE UNIT
    [ "$(systemctl show -p ActiveState --value "$2")" = "$1" ]
}

# On an emulated machine a start may take ten seconds: five of them are to be in the units' limit.
take_time() {
    for unit in echod.service wdfhost@.service; do
        mkdir -p "/etc/systemd/system/$unit.d"
        printf '[Unit]\nStartLimitIntervalSec=600\n' >"/etc/systemd/system/$unit.d/slow.conf"
    done
}

count_and_end() {
    echo "$passed passed, $failed failed, 0 skipped"
    exit $((failed > 0))
}
