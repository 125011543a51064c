#!/bin/sh
# An invalid configuration file is rejected at start, in one line that names file, line and error.
# If the daemon must not write a file, only the driver's write fails.
. "$(dirname "$0")/wdfhost.sh"

config=$work/driver.json

expect_config_refused() { # TEXT
    expect_driver_refused "$1" --config="$config" "$drivers/parameters.so"
}

expect_config_refused "--config: $config: No such file or directory"
mkdir "$config"
expect_config_refused "it must be a regular file"
rmdir "$config"
mkfifo "$config"
expect_config_refused "it must be a regular file"
rm "$config"
: >"$config"
expect_config_refused "--config: $config: line 1: "
printf '{\n  "Parameters": {\n    "Number": 7,\n  }\n}\n' >"$config"
expect_config_refused "--config: $config: line 4: "
printf '{"Parameters": {"Number": 7.5}}' >"$config"
expect_config_refused "--config: $config: Parameters\\Number: "
head -c 2000000 /dev/zero >"$config"
expect_config_refused "File too large; the limit is 1 MiB"
expect_refusal 2 "--config: the file's name is empty" "$wdfhost" --config= "$drivers/parameters.so"

# Without a file the registry is empty, and writes are lost with a warning.
start_driver parameters
printf 'lost' >"$device" || fail "without a file the driver cannot write"
expect_failure 'No such file or directory' dd if="$device" bs=256 count=1 status=none
stop_echod
run_recorded timeout --preserve-status -s TERM "$(seconds_patiently 1)" \
    "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/parameters.so"
grep -qF 'without --config nobody keeps' "$work/stderr" || fail "no warning: $(cat "$work/stderr")"

# The daemon reads the file as root, and writes it as its later user.
requires users
printf '{"Parameters": {"Number": 1, "Text": "a", "List": []}}' >"$config"
chmod 600 "$config"
start_driver parameters --config="$config" --user=nobody
expect_equal "what the driver reads" "number=1 text=a list= starts=1" "$(message)"
expect_failure 'Permission denied' dd if="$config" of="$device" bs=4 count=1 conv=notrunc \
    status=none
! grep -q Written "$config" || fail "the file was written: $(cat "$config")"
# The pidfile is in a folder of root's.
kill -TERM "$pid"
eventually 10 is_gone "$pid" || fail "the daemon did not end"
daemon_forget
rm -f "$pidfile"
mkdir "$work/own"
mv "$config" "$work/own/driver.json"
config=$work/own/driver.json
chown "nobody:$(id -g nobody)" "$work/own" "$config"
start_driver parameters --config="$config" --user=nobody
printf 'kept' >"$device" || fail "the user's own file cannot be written"
grep -q '"Written": "kept"' "$config" || fail "the file is $(cat "$config")"
expect_equal "the file's owner and mode" "nobody 600" "$(stat -c '%U %a' "$config")"
