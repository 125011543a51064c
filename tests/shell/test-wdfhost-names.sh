#!/bin/sh
# The device has the file's name unless --name gives another. Invalid device names are wrong usage,
# and so is a command line without a driver, or with an ambiguous one.
. "$(dirname "$0")/wdfhost.sh"

expect_usage_error() { # TEXT ARGUMENT...
    usage=$1
    shift
    expect_refusal 2 "$usage" "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$@"
    [ ! -e "$pidfile" ] || fail "'$*' was refused, and left a pidfile"
}

expect_usage_error 'DRIVER.so is missing'
expect_usage_error "'${drivers}/umdf.so' has one before it" --name="$name" "$drivers/umdf.so" \
    second.so
expect_usage_error "--name: 'a//b'" --name=a//b "$drivers/umdf.so"
expect_usage_error "--name: '../echo'" "$drivers/umdf.so" --name=../echo
cp "$drivers/umdf.so" "$work/two words.so"
expect_usage_error "'two words'" "$work/two words.so"
expect_usage_error "''" "$work/.so"

# By a relative path, and with a suffix after the suffix.
cp "$drivers/umdf.so" "$work/$name.so.1"
cd "$work"
within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$name.so.1" ||
    fail "exit status $?"
daemon_register
echo hello >"$device" || fail "$device does not take a message"
stop_echod
