#!/bin/sh
# --mode, --user and --group: what the node shows, which user the daemon runs as, and who is
# refused.
. "$(dirname "$0")/lib.sh"
requires users

group=$(id -gn nobody)

start_echod
expect_equal "mode and owner without options" "600 root root" "$(stat -c '%a %U %G' "$device")"
expect_failure "Permission denied" as_user nobody cat "$device"
stop_echod

start_echod --mode=0666
expect_equal "mode with --mode=0666" "666 root root" "$(stat -c '%a %U %G' "$device")"
as_user nobody sh -c 'echo hello >"$1"' sh "$device" || fail "--mode=0666 keeps a user out"
expect_equal "message" hello "$(as_user nobody cat "$device")"
stop_echod

start_echod --mode=0440
expect_equal "mode with --mode=0440" "440 root root" "$(stat -c '%a %U %G' "$device")"
stop_echod

# A folder where the daemon may remove its pidfile when it is nobody.
mkdir "$work/run"
chown nobody "$work/run"
pidfile=$work/run/pid
start_echod --mode=0620 --user=nobody --group="$group"
expect_equal "mode and owner with --user" "620 nobody $group" "$(stat -c '%a %U %G' "$device")"
expect_equal "whom the daemon runs as" "nobody $group" "$(stat -c '%U %G' "/proc/$pid")"
expect_equal "real, effective, saved and file-system users" "$(id -u nobody) 1" \
    "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status" | tr '\t' '\n' | sort -u | paste -sd ' ') 1"
as_user nobody sh -c 'echo hello >"$1"' sh "$device" || fail "the owner is kept out"
expect_equal "message" hello "$(as_user nobody cat "$device")"
expect_failure "Permission denied" as_user daemon cat "$device"
expect_failure "Permission denied" as_user daemon sh -c 'echo hello >"$1"' sh "$device"
stop_echod
