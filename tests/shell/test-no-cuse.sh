#!/bin/sh
# Where there is no /dev/cuse, a start without --mount fails in one line that says so, and what to do.
. "$(dirname "$0")/lib.sh"

# Runs a program where /dev holds what every program needs, and nothing else.
without_cuse() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --propagation private sh -euc '
        mount -t tmpfs tmpfs /dev
        mknod -m 666 /dev/null c 1 3
        mknod -m 666 /dev/fuse c 10 229
        exec "$@"' sh "$@"
}

if [ -e /dev/cuse ]; then
    requires root
    requires program unshare
    without_cuse true || skip "cannot hide /dev/cuse here"
    set -- without_cuse
else
    set --
fi

# Not through expect_refusal's timeout: it cannot run a function of this shell.
status=0
"$@" "$echod" --name="$name" --pidfile="$pidfile" >"$work/stdout" 2>"$work/said" || status=$?
expect_equal "exit status" 1 "$status"
expect_equal "lines it printed: '$(cat "$work/said")'" 1 "$(cat "$work/stdout" "$work/said" | wc -l)"
for text in /dev/cuse --mount; do
    grep -qF -e "$text" "$work/said" || fail "should say '$text', said '$(cat "$work/said")'"
done
[ ! -e "$pidfile" ] || fail "$pidfile is left"
