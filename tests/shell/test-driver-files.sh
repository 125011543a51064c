#!/bin/sh
# Files that a driver opens itself (ZwCreateFile) are in its own folder below --state-dir. The
# folder is created when it is first needed; for a daemon that changes its user, before that.
# --file-name sets the name that clients open after the device's.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

state=$work/state
mkdir "$state"
chmod 755 "$work" "$state"
folder_of_driver=$state/journal/C/Windows/Temp

serve() { # ARGUMENT...
    name=JOURNAL
    device=$folder/JOURNAL
    within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} --mode=600 \
        "$@" "$drivers/journal.so" || fail "wdfhost $* journal.so: exit status $?"
    daemon_register
}

# One open file writes a line, and reads all that is there.
write_and_read() {
    {
        echo "$1" >&3
        within 10 cat <&3
    } 3<>"$device"
}

serve --state-dir="$state" --file-name=notes/today.log
[ ! -e "$state/journal" ] || fail 'the folder is there before anybody has needed it'
not cat "$device" 2>"$work/said"
grep -q 'No such file' "$work/said" || fail "a missing folder is not said: $(cat "$work/said")"
mkdir "$folder_of_driver/Notes"
expect_equal 'what is read' one "$(write_and_read one)"
expect_equal 'what is read of both' 'one
two' "$(write_and_read two)"
expect_equal 'the file' 'one
two' "$(cat "$folder_of_driver/Notes/today.log")"
expect_equal 'mode of the folder' 700 "$(stat -c %a "$state/journal")"
expect_equal 'mode of the file' 600 "$(stat -c %a "$folder_of_driver/Notes/today.log")"

# Links are not followed, wherever they lead.
mv "$folder_of_driver/Notes/today.log" "$work/elsewhere"
ln -s "$work/elsewhere" "$folder_of_driver/Notes/today.log"
not cat "$device" 2>"$work/said"
grep -q 'Permission denied' "$work/said" || fail "a link is followed: $(cat "$work/said")"
stop_echod

# Without a name it would be the folder itself, which is not a file.
serve --state-dir="$state"
not cat "$device" 2>"$work/said"
grep -q 'Is a directory' "$work/said" || fail "a folder is opened: $(cat "$work/said")"
stop_echod

expect_driver_refused 'No such file or directory; make the directory first' \
    "$drivers/journal.so" --state-dir="$work/missing"

# The folder of a daemon that started as root belongs to its user before it starts.
[ "$(id -u)" -eq 0 ] || exit 0
rm -r "$state/journal"
mkdir "$work/run"
chown nobody "$work/run"
pidfile=$work/run/pid
serve --state-dir="$state" --file-name=x.log --user=nobody
expect_equal 'owner of the folder' nobody "$(stat -c %U "$folder_of_driver")"
expect_equal 'what is read' one "$(write_and_read one)"
expect_equal 'owner of the file' nobody "$(stat -c %U "$folder_of_driver/x.log")"
stop_echod
