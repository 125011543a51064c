#!/bin/sh
# A device may be in folders, as /dev/net/echo is: they come and go with it. The links of its
# interfaces lead there.
. "$(dirname "$0")/wdfhost.sh"

folder=${mount:-/dev}
deep=$name/deep
name=$deep/echo
device=$folder/$name
start_echod --name="$deep/other" --name="$name-flat" "$build/app/serial.so"

printf hello >"$device"
expect_equal 'what comes back' hello "$(message)"
expect_equal 'the folder' 'echo echo-flat other' "$(ls "$folder/$deep" | paste -sd ' ')"
expect_equal 'what the folder is' directory "$(stat -c %F "$folder/$deep")"
within 10 cat "$folder/$deep" 2>"$work/stderr" && fail 'the folder can be read as a device'
within 10 cat "$folder/$deep/none" 2>"$work/stderr" && fail 'there is a device that nobody made'
within 10 cat "$device/x" 2>"$work/stderr" && fail 'a device is a folder'
if [ "$kind" = fuse ]; then
    expect_equal 'the mount' "${deep%%/*}" "$(ls "$mount")"
    within 10 mkdir "$mount/more" 2>"$work/stderr" && fail 'a folder could be made'
    within 10 chmod 700 "$folder/$deep" 2>"$work/stderr" && fail "a folder's mode could be changed"
fi

# The class of serial ports; a slash of the name is a ! in that of the link.
links=${XDG_RUNTIME_DIR-}/wdfuse
[ "$(id -u)" -ne 0 ] || links=/dev/wdfuse
if [ "$links" != /wdfuse ]; then
    link=$(printf '%s' "$name" | tr / !)
    found=$(find "$links" -name "$link")
    expect_equal "where the link $link leads" "$device" "$(readlink "$found")"
fi

stop_echod
[ ! -e "$folder/${deep%%/*}" ] || fail "$folder/${deep%%/*} is left"
