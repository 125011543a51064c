#!/bin/sh
# Without /dev/cuse, a start without --mount fails in one line that says so, and what to do.
. "$(dirname "$0")/lib.sh"

# A program with a /dev that holds only what every program needs.
without_cuse() {
    within 20 unshare --mount --propagation private sh -euc '
        mount -t tmpfs tmpfs /dev
        mknod -m 666 /dev/null c 1 3
        mknod -m 666 /dev/fuse c 10 229
        exec "$@"' sh "$@"
}

if [ -e /dev/cuse ]; then
    requires root
    requires program unshare
    without_cuse true || skip "cannot hide /dev/cuse here"
    set -- without_cuse "$echod"
else
    set -- "$echod"
fi

expect_refusal 1 /dev/cuse "$@" --name="$name" --pidfile="$pidfile"
expect_refusal 1 --mount "$@" --name="$name" --pidfile="$pidfile"
[ ! -e "$pidfile" ] || fail "$pidfile is left"
