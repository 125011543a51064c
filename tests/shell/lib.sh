# shellcheck shell=sh
# The beginning of every test: paths, a folder of its own, a device, and a check that nothing is
# left behind. A test ends with status 0 passed, 1 failed, 77 skipped.
#
# Environment:
#   WDFUSE_DEVICE_KIND  how the device is made: fuse (a file in a FUSE mount, the default) or cuse
#                       (a node in /dev)
#   WDFUSE_BUILD        the build directory, when it is not the checkout's build
#   WDFUSE_URING        the daemon's option --uring, for a mount: on, auto or off (the default here)
#   WDFUSE_PATIENCE     the factor of every deadline, if it is not 1
#
# For the test to use, besides the functions:
#   $kind $build $top $echod $echoapp $fileprobe $killed_clients $controls  what to test
#   $work                         a folder that is removed at the end
#   $device $name $pidfile        of the daemon that start_echod starts; $mount as well, for fuse
#                                 only
#   $pid                          of the daemon that was started last

set -eu

# The output of programs is compared.
export LC_ALL=C

kind=${WDFUSE_DEVICE_KIND:-fuse}
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${WDFUSE_BUILD:-$top/build}
echod=$build/app/echod
# shellcheck disable=SC2034 # for the tests
echoapp=$build/app/echoapp
# shellcheck disable=SC2034 # for the tests
fileprobe=$build/tests/shell/fileprobe
# shellcheck disable=SC2034 # for the tests
controls=$build/tests/shell/controls
# shellcheck disable=SC2034 # for the tests
killed_clients=$build/tests/shell/killed-clients
patience=${WDFUSE_PATIENCE:-1}

pid=
daemons=
client=
client_status=
clients=
verdict=

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    verdict=failed
    say "FAILED: $*"
    exit 1
}

skip() {
    verdict=skipped
    echo "SKIP $*"
    exit 77
}

# Called before the daemon starts in a test that measures its memory. Meson makes malloc fill what
# it gives and takes back (MALLOC_PERTURB_), so that a program uses all that it has ever asked for.
leave_memory_untouched() {
    unset MALLOC_PERTURB_
}

# requires fuse | cuse | root | program NAME: skips the test where it cannot run. `users`: the test
# can act as other users; `user-mounts`: and they can mount. `uring`: a mount's requests may come by
# io_uring.
requires() {
    case $1 in
    fuse | cuse) [ "$kind" = "$1" ] || skip "it is about $1" ;;
    users) require_users ;;
    user-mounts) require_user_mounts ;;
    uring) require_uring ;;
    root) [ "$(id -u)" -eq 0 ] || skip "needs root" ;;
    program) command -v "$2" >/dev/null || skip "needs the program $2" ;;
    *) fail "requires $1: the test asks for something unknown" ;;
    esac
}

# run-all has root switch it on.
require_uring() {
    requires fuse
    grep -qs Y /sys/module/fuse/parameters/enable_uring ||
        skip "the module fuse does not offer io_uring (its parameter enable_uring)"
}

# Waiting

seconds_patiently() {
    echo $(($1 * patience))
}

# eventually SECONDS COMMAND...: polls until COMMAND succeeds; fails when it does not in time.
eventually() {
    eventually_end=$(($(date +%s) + $(seconds_patiently "$1") + 1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$eventually_end" ] || return 1
        sleep 0.05
    done
}

# within SECONDS COMMAND...: runs a program that must end by itself in time; otherwise the status is
# 124 or 137.
within() {
    within_limit=$(seconds_patiently "$1")
    shift
    timeout -k 1 "$within_limit" "$@"
}

not() {
    ! "$@"
}

milliseconds_now() {
    echo $(($(date +%s%N) / 1000000))
}

# Expectations

expect_equal() { # WHAT EXPECTED ACTUAL
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

expect_same_bytes() { # WHAT EXPECTED-FILE ACTUAL-FILE
    cmp "$2" "$3" >&2 || fail "$1: not the bytes expected"
}

# Runs a command that must end by itself, sets $run_status, and keeps its output in $work/stdout and
# $work/stderr. A function must limit its own time: timeout(1) only runs programs.
run_recorded() {
    run_status=0
    case $(command -v "$1") in
    /*) within 20 "$@" >"$work/stdout" 2>"$work/stderr" || run_status=$? ;;
    *) "$@" >"$work/stdout" 2>"$work/stderr" || run_status=$? ;;
    esac
    case $run_status in
    124 | 137) fail "$*: did not end in time" ;;
    esac
    # A daemon that starts also says after which other tests it has cleaned up.
    sed -i '/, whose daemon is gone$/d' "$work/stderr"
    # The shell takes what this kernel cannot run for a script.
    ! grep -q ': [0-9]*: Syntax error' "$work/stderr" || run_status=126
}

# expect_failure TEXT COMMAND...: COMMAND fails and prints TEXT on standard error.
expect_failure() {
    expected_text=$1
    shift
    run_recorded "$@"
    [ "$run_status" -ne 0 ] || fail "$*: succeeded, should have failed with '$expected_text'"
    grep -qF -e "$expected_text" "$work/stderr" ||
        fail "$*: should have said '$expected_text', said '$(cat "$work/stderr")'"
}

# expect_refusal STATUS TEXT COMMAND...: a program of ours ends with that status at once, and gives
# the reason in one line that contains TEXT; after wrong usage (2) a second line may say where to
# find help.
expect_refusal() {
    expected_status=$1
    expected_text=$2
    shift 2
    run_recorded "$@"
    said=$(cat "$work/stderr")
    expect_equal "exit status of '$*', which said '$said'" "$expected_status" "$run_status"
    [ ! -s "$work/stdout" ] ||
        fail "$*: should print nothing on stdout, printed '$(cat "$work/stdout")'"
    head -n 1 "$work/stderr" | grep -qF -e "$expected_text" ||
        fail "$*: should name '$expected_text' in its first line, said '$said'"
    case $(wc -l <"$work/stderr") in
    1) ;;
    2) [ "$expected_status" -eq 2 ] || fail "$*: should say one line, said '$said'" ;;
    *) fail "$*: should say one line, said '$said'" ;;
    esac
}

# Processes

# Maybe nobody has waited for it yet: a zombie counts as gone.
is_gone() {
    case $(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) in
    '' | Z | X) return 0 ;;
    esac
    return 1
}

# What a process sleeps in: the kernel's function, then the system call with its arguments.
process_sleeps_in() {
    cat "/proc/$1/wchan" 2>/dev/null && echo && cat "/proc/$1/syscall" 2>/dev/null
}

# A process sleeps in one and the same request to the device, not in one that is answered soon. Some
# kernels do not tell the function: they show 0.
is_waiting() {
    sleeps_in=$(process_sleeps_in "$1") || return 1
    case $sleeps_in in
    *fuse* | request_wait_answer* | 0*) ;;
    *) return 1 ;;
    esac
    case $sleeps_in in
    *running*) return 1 ;;
    esac
    sleep 0.1
    [ "$sleeps_in" = "$(process_sleeps_in "$1")" ]
}

# A process sleeps, and goes on sleeping: in poll(2), for example.
is_sleeping() {
    grep -q "^State:[[:space:]]*S" "/proc/$1/status" && sleep 0.1 &&
        grep -q "^State:[[:space:]]*S" "/proc/$1/status"
}

expect_sleeping() { # PID
    eventually 10 is_sleeping "$1" || fail "process $1 should sleep"
}

# start_client COMMAND...: starts a program in the background, sets $client. A background process of
# a shell ignores SIGINT and reads from /dev/null, unless that is undone.
start_client() {
    exec 9<&0
    env --default-signal=INT,QUIT "$@" <&9 9<&- &
    exec 9<&-
    client=$!
    clients="$clients $client"
}

expect_waiting() { # PID
    eventually 10 is_waiting "$1" ||
        fail "process $1 should wait for the device; it sleeps in '$(process_sleeps_in "$1" | paste -sd ' ')'"
}

# expect_end PID: the client ends soon; $client_status is its exit status.
# shellcheck disable=SC2034 # for the tests
expect_end() {
    eventually 5 is_gone "$1" ||
        fail "process $1 should be gone; it sleeps in '$(process_sleeps_in "$1" | paste -sd ' ')'"
    client_status=0
    wait "$1" || client_status=$?
}

# The daemon

# choose_device TAG: the device that start_echod makes from now on; a test that needs a second one
# calls it.
choose_device() {
    name=echo-${WDFUSE_TEST_LANE:-1}-$$-$1
    pidfile=$work/$1.pid
    case $kind in
    fuse)
        mount=$work/$1
        mkdir "$mount"
        device=$mount/$name
        ;;
    cuse)
        mount=
        device=/dev/$name
        ;;
    esac
}

# echod for the chosen device, with more arguments; for tests of refusals.
run_echod() {
    within 20 "$echod" --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        ${mount:+"--uring=${WDFUSE_URING:-off}"} "$@"
}

# start_echod ARGUMENT...: the device can be opened when this returns.
start_echod() {
    run_echod "$@" || fail "echod $*: exit status $?"
    daemon_register
}

# Takes over the daemon that wrote $pidfile: it is stopped at the end, and must live until then.
daemon_register() {
    eventually 5 test -s "$pidfile" || fail "echod wrote no pidfile"
    pid=$(cat "$pidfile")
    daemons="$daemons $pid"
}

# The daemon $pid has ended, as the test wanted.
daemon_forget() {
    daemons_left=
    for daemon in $daemons; do
        [ "$daemon" = "$pid" ] || daemons_left="$daemons_left $daemon"
    done
    daemons=$daemons_left
}

# How often the threads of the daemon $pid have gone to sleep or were preempted; prints the lines
# that say so.
daemon_switches() {
    cat "/proc/$pid/task"/*/status | awk '/ctxt_switches:/ { count += $2 } END { print NR, count }'
}

# Nothing ran between two samples, half a second apart.
is_idle() {
    switches=$(daemon_switches)
    sleep 0.5
    [ "$switches" = "$(daemon_switches)" ]
}

# Stops the daemon $pid and checks that nothing of it is left.
stop_echod() {
    kill -TERM "$pid" || fail "the daemon is gone"
    expect_daemon_end
}

expect_daemon_end() {
    eventually 10 is_gone "$pid" || fail "the daemon, process $pid, did not end"
    daemon_forget
    expect_nothing_left
}

expect_nothing_left() {
    [ ! -e "$device" ] || fail "$device is left"
    [ ! -e "$pidfile" ] || fail "$pidfile is left"
    [ -z "$mount" ] || not is_mounted "$mount" || fail "$mount is still mounted"
}

device_opens() {
    (: <"$device") 2>/dev/null
}

# The message, by one read: in manual dispatch the next one would wait.
read_device() {
    within 10 dd if="$device" bs=131072 count=1 status=none
}

# expect_service: the daemon still works, with every kind of dispatch.
expect_service() {
    echo "are you there?" >"$device" || fail "the device does not take a message any more"
    expect_equal "the device's message" "are you there?" "$(read_device)"
}

# Mounts

is_mounted() {
    grep -qF " $1 " /proc/self/mounts
}

unmount() {
    if [ "$(id -u)" -eq 0 ]; then
        umount -l "$1"
    else
        fusermount3 -u -z "$1"
    fi
}

# Other users

# as_user USER COMMAND...: runs a program as that user, with only the user's own group; root only.
as_user() {
    user=$1
    shift
    within 20 setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
}

require_users() {
    requires root
    requires program setpriv
    as_user nobody "$echod" --version >"$work/version" || skip "user nobody cannot run $echod"
}

# If udev has not opened /dev/fuse to everyone, the test runs again, in a mount namespace where it
# is open, and has the result of that run.
require_user_mounts() {
    [ -e /etc/mtab ] || skip "there is no /etc/mtab, in which fusermount3 sees whose mount it is"
    requires fuse
    require_users
    requires program fusermount3
    ! as_user nobody sh -c 'exec 3<>/dev/fuse' 2>"$work/stderr" || return 0

    [ -z "${WDFUSE_TEST_AGAIN-}" ] || skip "user nobody cannot open /dev/fuse"
    requires program unshare
    mknod -m 666 "$work/fuse" c 10 229 || skip "cannot make a /dev/fuse that user nobody can open"
    verdict=given
    WDFUSE_TEST_AGAIN=yes unshare --mount --propagation private \
        sh -c 'mount --bind "$1" /dev/fuse && exec "$2"' sh "$work/fuse" "$0"
    exit
}

# From beginning to end

# Ends what the test has started. Every test fails if a daemon died by itself, or does not stop.
end_daemons() {
    for daemon in $daemons; do
        if is_gone "$daemon"; then
            say "FAILED: the daemon, process $daemon, has died"
            status=1
            continue
        fi
        kill -TERM "$daemon"
        if ! eventually 10 is_gone "$daemon"; then
            say "FAILED: the daemon, process $daemon, does not end on SIGTERM"
            kill -KILL "$daemon"
            status=1
        fi
    done
}

# Never outside the test's own folder, even after other errors: an empty name would be a prefix of
# every mount.
end_mounts() {
    case $work in
    */wdfuse-test.*) ;;
    *) return ;;
    esac
    awk -v folder="$work/" 'index($2, folder) == 1 { print $2 }' /proc/self/mounts |
    while read -r left; do
        unmount "$left"
    done
}

# What a sanitizer has reported, in any process; leaks are reported when a process ends.
expect_no_reports() {
    for report in "$work"/sanitizer.*; do
        [ -e "$report" ] || continue
        say "FAILED: a sanitizer's report:" "$(cat "$report")"
        status=1
    done
}

end_test() {
    status=$?
    trap - EXIT
    trap '' HUP INT TERM
    set +e
    [ "$status" -eq 0 ] || [ -n "$verdict" ] ||
        say "FAILED: a command's status was $status; run the test with sh -x"
    for one in $clients; do
        is_gone "$one" || kill -KILL "$one"
    done
    end_daemons
    end_mounts
    expect_no_reports
    rm -rf --one-file-system "$work" || status=1
    exit "$status"
}

check_requirements() {
    case $kind in
    fuse) [ -c /dev/fuse ] || skip "no /dev/fuse here" ;;
    cuse)
        [ -c /dev/cuse ] || skip "no /dev/cuse here; try modprobe cuse"
        requires root
        ;;
    *) fail "WDFUSE_DEVICE_KIND=$kind: should be fuse or cuse" ;;
    esac
    [ -x "$echod" ] || fail "no $echod; build it first, or say with WDFUSE_BUILD where it is"
}

check_requirements
work=$(mktemp -d "${TMPDIR:-/tmp}/wdfuse-test.XXXXXX")
trap end_test EXIT
trap 'verdict=interrupted; say "FAILED: interrupted"; exit 1' HUP INT TERM
export ASAN_OPTIONS="${ASAN_OPTIONS-}:log_path=$work/sanitizer" \
    TSAN_OPTIONS="${TSAN_OPTIONS-}:log_path=$work/sanitizer"
export UBSAN_OPTIONS="${UBSAN_OPTIONS-}:log_path=$work/sanitizer:print_stacktrace=1"
# Other users take part in some tests.
chmod 755 "$work"
choose_device main
