#!/bin/sh
# How Linux tools and idioms work on a device: docs/tools.md has a table, with a column for a mount
# and one for a node in /dev, and each row of it is tried here.
#
# Every fourth row; with WDFUSE_STRESS_SECONDS, as for a long run, all of them.
#
# WDFUSE_TOOLS_TABLE=FILE: writes the resulting rows there, for that page.
. "$(dirname "$0")/lib.sh"
page=$top/docs/tools.md
rows=${WDFUSE_TOOLS_TABLE:-$work/rows}
: >"$rows"

number=0
step=4
[ "${WDFUSE_STRESS_SECONDS:-0}" -eq 0 ] || step=1
newline='
'

# try NAME COMMAND [EXPECTED]: a message is there, and the command gets the device as $1. The result
# is "works" if it prints what is expected (a slash stands for the end of a line), or its error
# message. Few processes: there are many rows.
try() {
    number=$((number + 1))
    [ $((number % step)) -eq 0 ] || return 0
    printf 'hello\nworld\n' >"$device" || fail "$1: the device takes no message"
    expected=${3-} come=works
    printed=$(set -- "$device" "$2" && eval "$2" 2>"$work/said" </dev/null) || true
    while [ "$printed" != "${printed#*"$newline"}" ]; do
        printed=${printed%%"$newline"*}/${printed#*"$newline"}
    done
    [ "$printed" = "${expected%/}" ] || come=${printed:-nothing}
    # The last thing that it prints, without the program and the file.
    [ "$come" = works ] || said=$(sed -n '$s/.*: //p' "$work/said")
    [ "$come" = works ] || come=${said:-$come}
    printf '| %s | %s |\n' "$1" "$come" >>"$rows"
}

idiom() { # NAME, also of the row
    try "$1" "$build/tests/shell/idioms $2 \"\$1\"" works/
}

export copy="$work/copy"
start_echod --mode=666

# Reading.
try 'cat' 'cat "$1"' hello/world/
try 'head -n 1' 'head -n 1 "$1"' hello/
try 'head -c 5' 'head -c 5 "$1"' hello
try 'tail -n 1' 'tail -n 1 "$1"' world/
try 'tail -c 6' 'tail -c 6 "$1"' world/
try 'tail -c +7' 'tail -c +7 "$1"' world/
try 'dd bs=64 count=1' 'dd if="$1" bs=64 count=1 status=none' hello/world/
try 'dd skip=1 bs=6' 'dd if="$1" bs=6 skip=1 count=1 status=none' world/
try 'od -c' 'od -An -c "$1" | tr -d " "' 'hello\nworld\n/'
try 'od -j 6' 'od -An -c -j 6 "$1" | tr -d " "' 'world\n/'
try 'od -tx1' 'od -An -tx1 "$1" | tr -d " "' 68656c6c6f0a776f726c640a/
try 'wc -c' 'wc -c <"$1"' 12/
try 'grep' 'grep world "$1"' world/
try 'sed' 'sed -n 2p "$1"' world/
try 'awk' 'awk "NR == 1" "$1"' hello/
try 'sort' 'sort -r "$1"' world/hello/
try 'read of the shell' 'read -r line <"$1" && echo "$line"' hello/
try 'md5sum' 'md5sum <"$1" | cut -c 1-8' 0f723ae7/
try 'cmp' 'printf "hello\nworld\n" | cmp - "$1"'
try 'diff' 'printf "hello\nworld\n" | diff - "$1"'
try 'base64' 'base64 "$1"' aGVsbG8Kd29ybGQK/
try 'gzip -c' 'gzip -c <"$1" | gzip -dc' hello/world/
try 'gzip -c FILE' 'gzip -c "$1" | gzip -dc' hello/world/
try 'tar of it' 'tar -C / -cf - "${1#/}" 2>/dev/null | tar -tf - | wc -l' 1/
try 'cp from it' 'cp "$1" "$copy" && cat "$copy"' hello/world/
try 'test -r, -w' 'test -r "$1" && test -w "$1"'
try 'test -s' 'test -s "$1" && echo yes || echo no' no/
try 'test -c' 'test -c "$1" && echo yes || echo no' yes/
try 'stat -c %s' 'stat -c %s "$1"' 0/

# Writing.
try 'echo >' 'echo again >"$1" && head -n 1 "$1"' again/
try 'echo >>' 'echo again >>"$1" && head -n 1 "$1"' again/
try 'tee' 'echo again | tee "$1" >/dev/null && head -n 1 "$1"' again/
try 'tee -a' 'echo again | tee -a "$1" >/dev/null && head -n 1 "$1"' again/
try 'dd of=' 'echo again | dd of="$1" status=none && head -n 1 "$1"' again/
try 'dd seek=1 conv=notrunc' \
    'echo again | dd of="$1" seek=1 bs=6 conv=notrunc status=none && head -n 1 "$1"' again/
try 'dd oflag=direct' \
    'echo again | dd of="$1" bs=512 oflag=direct status=none && head -n 1 "$1"' again/
try 'dd conv=fsync' 'echo again | dd of="$1" conv=fsync status=none && head -n 1 "$1"' again/
try 'cp to it' \
    'printf "again\n" >"$copy" && cp "$copy" "$1" && head -n 1 "$1"' again/
try 'open of the shell for both' 'exec 3<>"$1" && echo again >&3 && head -n 1 <&3' again/
try 'truncate -s 0' 'truncate -s 0 "$1" && head -n 1 "$1"' hello/
try ': >' ': >"$1" && head -n 1 "$1"' hello/

# Its file.
try 'ls -l' 'ls -l "$1" | cut -c 2-10' rw-rw-rw-/
try 'chmod' 'chmod 640 "$1" && stat -c %a "$1" && chmod 666 "$1"' 640/
try 'chown' 'chown 1:1 "$1" && stat -c %u:%g "$1" && chown 0:0 "$1"' 1:1/
try 'touch' 'touch -d @1000 "$1" && stat -c %Y "$1"' 1000/
try 'touch -a' 'touch -a -d @2000 "$1" && stat -c %X "$1"' 2000/
try 'cp -p from it' \
    'touch -d @1000 "$1" && cp -p "$1" "$copy" && stat -c %Y "$copy"' 1000/
try 'flock' 'flock -n "$1" echo locked' locked/

# System calls.
idiom 'pread' pread
idiom 'pwrite' pwrite
idiom 'lseek' lseek
idiom 'readv' readv
idiom 'stdio' stdio
idiom 'dup, and read' dup
idiom 'O_DIRECT' o-direct
idiom 'O_SYNC' o-sync
idiom 'O_APPEND' o-append
idiom 'fcntl O_NONBLOCK' nonblock
idiom 'ioctl FIONBIO' fionbio
idiom 'fcntl O_ASYNC' o-async
idiom 'ioctl FIOASYNC' fioasync
idiom 'ioctl FIONREAD' fionread
idiom 'ioctl TCGETS (isatty)' tcgets
idiom 'epoll' epoll
idiom 'sendfile from it' sendfile-from
idiom 'sendfile to it' sendfile-to
idiom 'splice from it' splice-from
idiom 'splice to it' splice-to
idiom 'copy_file_range from it' copy_file_range
idiom 'mmap, shared' mmap-shared
idiom 'mmap, private' mmap-private
idiom 'flock(2)' flock
idiom 'fcntl F_SETLK' fcntl-lock
idiom 'fcntl F_SETLEASE' lease
idiom 'fsync' fsync
idiom 'fallocate' fallocate
idiom 'ftruncate' ftruncate
idiom 'posix_fadvise' fadvise
idiom 'futimens' futimens
idiom 'fchmod' fchmod
stop_echod

# A read that waits: a client that is stopped and continued (Ctrl-Z and fg), and one whose signals
# restart it (SA_RESTART).
start_echod --dispatch=manual --mode=666
start_client dd if="$device" of="$work/read" bs=64 count=1 status=none
expect_waiting "$client"
kill -TSTP "$client"
kill -CONT "$client"
expect_waiting "$client"
printf x >"$device"
expect_end "$client"
printf '| %s | %s |\n' 'Ctrl-Z and fg' \
    "$([ "$(cat "$work/read")" = x ] && echo works || echo "read '$(cat "$work/read")'")" >>"$rows"
start_client "$build/tests/shell/idioms" restart "$device" >"$work/read"
sleep 0.3 # alarms, not for us
is_gone "$client" || printf x >"$device"
expect_end "$client"
printf '| %s | %s |\n' 'a signal with SA_RESTART' "$(cat "$work/read")" >>"$rows"
start_client tail -f "$device" >"$work/read"
printf 'x\n' >"$device"
eventually 3 grep -q x "$work/read" && come=works || come=nothing
kill "$client"
expect_end "$client"
printf '| %s | %s |\n' 'tail -f' "$come" >>"$rows"
stop_echod

[ "$number" -ge 60 ] || fail "only $number tools are tried"
case $kind in
fuse) column=3 ;;
cuse) column=4 ;;
esac
awk -F ' *\\| *' -v column="$column" '/^\| tool / { is_table = 1; next } /^\| ---/ { next }
    FNR == NR { is_tried[$2]; next }
    is_table && $2 in is_tried { print "| " $2 " | " $column " |" }' \
    "$rows" "$page" >"$work/expected"
diff "$work/expected" "$rows" >"$work/difference" ||
    fail "docs/tools.md says otherwise (<) than what comes out (>): $(cat "$work/difference")"
