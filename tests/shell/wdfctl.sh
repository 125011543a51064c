# shellcheck shell=sh
# The beginning of the tests of wdfctl: wdfhost.sh, and wdfctl for the daemon of this test.
#
# For the test to use, besides wdfhost.sh:
#   $wdfctl          the program
#   $socket_folder   where the sockets are

. "$(dirname "$0")/wdfhost.sh"

wdfctl=$build/app/wdfctl
[ -x "$wdfctl" ] || fail "no $wdfctl; build it first"
# Root's sockets are in /run/wdfuse; another user's are where the environment says.
XDG_RUNTIME_DIR=$work
export XDG_RUNTIME_DIR
# shellcheck disable=SC2034 # for the tests
[ "$(id -u)" -eq 0 ] && socket_folder=/run/wdfuse || socket_folder=$work/wdfuse

ctl() { # ARGUMENT...
    within 20 "$wdfctl" --daemon="$pid" "$@"
}

expect_shown() { # WORDS ARGUMENT...
    words=$1
    shift
    ctl "$@" >"$work/shown" || fail "wdfctl $*: exit status $?"
    grep -qE -e "$words" "$work/shown" ||
        fail "wdfctl $* should show '$words', shows '$(cat "$work/shown")'"
}

shows() { # WORDS ARGUMENT...
    words=$1
    shift
    ctl "$@" | grep -qE -e "$words"
}

expect_complaint() { # WORDS ARGUMENT...
    complaint=$1
    shift
    expect_failure "$complaint" "$wdfctl" --daemon="$pid" "$@"
    expect_equal "status of wdfctl $*" 1 "$run_status"
}
