#!/bin/sh
# The daemon is killed together with all its helper processes, as the kernel kills a whole cgroup:
# the next start of any daemon removes what is left, wherever it is now, and so does wdfctl clean.
# What belongs to running daemons stays.
# Alone: another daemon that starts meanwhile would remove it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/helpers.sh"
requires root

control_socket() {
    echo "/run/wdfuse/$pid.socket"
}

note_traces() {
    socket=$(control_socket)
    link=$(echo_link)
    [ -S "$socket" ] || fail "$socket: no socket"
    [ -L "$link" ] || fail "$link: no link"
}

kill_service() {
    signal_service KILL
    daemon_forget
}

expect_all_gone() {
    [ ! -S "$socket" ] || fail "$socket is left"
    [ ! -L "$link" ] || fail "$link is left"
    [ -z "$mount" ] || ! grep -qF " $left_mount " /proc/self/mounts || fail "$left_mount is left"
    [ ! -e "$device" ] || fail "$device is left"
}

# One lives on; another is killed, and the folder of its mount has been renamed meanwhile.
choose_device living
start_echod
living=$pid living_device=$device living_link=$(echo_link)

mkdir "$work/old"
name=$name-killed
pidfile=$work/killed.pid
case $kind in
fuse)
    mount=$work/old/mount
    mkdir "$mount"
    device=$mount/$name
    left_mount=$work/new/mount
    ;;
cuse) device=/dev/$name ;;
esac

start_killed() {
    start_echod --user="${user:-root}" --mode=0666
    note_traces
    mv "$work/old" "$work/new"
    kill_service
}

start_killed
within 20 "$build/app/wdfctl" clean || fail "wdfctl clean: exit status $?"
expect_all_gone

mv "$work/new" "$work/old"
start_killed
killed_device=$device
choose_device next
start_echod
next_device=$device
device=$killed_device
expect_all_gone
device=$next_device
expect_service

# The one that has lived all the time does.
[ -e "$living_device" ] || fail "$living_device has gone"
[ -L "$living_link" ] || fail "$living_link has gone"
[ -S "/run/wdfuse/$living.socket" ] || fail "the living daemon's socket has gone"
device=$living_device
expect_service

# On the very same directory: only the next daemon there deals with its links.
[ "$kind" = fuse ] || exit 0
choose_device again
start_echod
note_traces
kill_service
old_link=$(dirname "$(dirname "$link")")/'{00000000-0000-0000-0000-000000000000}'/$name
mkdir "$(dirname "$old_link")"
ln -s "$mount/other" "$old_link"
start_echod
[ ! -L "$old_link" ] || fail "$old_link is left"
[ -L "$(echo_link)" ] || fail "$(echo_link): no link"
expect_service
