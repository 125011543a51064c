#!/bin/sh
# A user who may not write to the folder cannot mount on it, and is told so in one line.
. "$(dirname "$0")/lib.sh"
requires fuse
requires root
requires program setpriv

as_nobody() {
    within 20 setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
}
as_nobody "$echod" --version >"$work/version" || skip "user nobody cannot run $echod"

mkdir -m 755 "$work/of-root"
expect_refusal 1 "$work/of-root" as_nobody "$echod" --name="$name" --mount="$work/of-root"
not is_mounted "$work/of-root" || fail "the folder is mounted on"
