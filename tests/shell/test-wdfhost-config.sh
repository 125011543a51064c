#!/bin/sh
# A driver reads its parameters from the file of --config, and what it writes is in the file at
# once, with the file's mode; the rest of the file stays. Several daemons may share a file.
. "$(dirname "$0")/wdfhost.sh"

config=$work/driver.json
cat >"$config" <<'END'
{
    "Parameters": {"number": 7, "Text": "hello", "List": ["red", "green"]},
    "Mine": {"Blob": {"REG_BINARY": "00 ff"}, "Long": {"REG_QWORD": 1}}
}
END
chmod 640 "$config"

start_driver parameters --config="$config"
expect_equal "what the driver reads" "number=7 text=hello list=red,green starts=1" "$(message)"
printf 'kept' >"$device" || fail "the driver cannot write to its parameters"
grep -q '"Written": "kept"' "$config" || fail "the file is $(cat "$config")"
grep -q '"WrittenLength": 4' "$config" || fail "the file is $(cat "$config")"
grep -q '"REG_BINARY": "00 ff"' "$config" ||
    fail "the driver's write has lost something: $(cat "$config")"
expect_equal "the file's mode" 640 "$(stat -c %a "$config")"
expect_equal "files in the folder" "driver.json" \
    "$(find "$work" -maxdepth 1 -name '*driver.json*' -printf '%f\n')"
stop_echod

# A daemon that starts again finds what was there, also by a relative name, and also what was
# edited.
sed -i 's/"number": 7/"number": 8/' "$config"
cd "$work"
start_driver parameters --config=driver.json
cd "$top"
expect_equal "what the driver reads" "number=8 text=hello list=red,green starts=2" "$(message)"

# Edits of the file while the daemon runs are not lost either.
sed -i 's/"Mine"/"Yours"/' "$config"
printf 'again' >"$device"
grep -q '"Yours"' "$config" || fail "the driver's write has undone an edit: $(cat "$config")"

# A file that was broken meanwhile is not overwritten, however often the driver tries.
expect_write_refused() {
    expect_failure "Input/output error" dd if="$work/whole.json" of="$device" bs=4 count=1 \
        conv=notrunc status=none
}
cp "$config" "$work/whole.json"
echo '{ "Parameters": ' >"$config"
expect_write_refused
expect_write_refused
expect_equal "the broken file" '{ "Parameters": ' "$(cat "$config")"
cp "$work/whole.json" "$config"
printf 'mended' >"$device" || fail "the driver cannot write to its parameters again"
stop_echod

# Two daemons with one file: every write of both is in it.
printf '{"Parameters": {"Number": 1, "Text": "a", "List": []}}' >"$config"
cp "$drivers/parameters.so" "$work/other.so"
start_driver parameters --config="$config"
first=$device
choose_device other
start_echod --config="$config" "$work/other.so"
for write in 1 2 3 4 5 6 7 8 9 10; do
    printf '%s' "first $write" >"$first" &
    printf '%s' "other $write" >"$device" || fail "the second daemon's write failed"
    wait $! || fail "the first daemon's write failed"
done
expect_equal "what the second driver reads" "number=1 text=a list= starts=2" "$(message)"
grep -q '"Starts": 2' "$config" || fail "a start is lost: $(cat "$config")"
