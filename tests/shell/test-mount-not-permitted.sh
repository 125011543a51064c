#!/bin/sh
# A user who may not write to the folder cannot mount on it, and is told so in one line.
. "$(dirname "$0")/lib.sh"
requires user-mounts

mkdir -m 755 "$work/of-root"
expect_refusal 1 "$work/of-root" as_user nobody "$echod" --name="$name" --mount="$work/of-root"
not is_mounted "$work/of-root" || fail "the folder is mounted on"
