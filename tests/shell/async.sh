# shellcheck shell=sh
# shellcheck disable=SC2154 # what lib.sh has set
# Shared by the tests of echoapp --async, besides lib.sh. Sets $engines, those that work here.

engines='threads poll'
within 20 "$echoapp" --async --count=1 --engine=uring --device=/dev/null >"$work/said" 2>&1 || true
if grep -qE 'cannot start the engine|built without' "$work/said"; then
    echo "without uring: $(cat "$work/said")"
else
    # shellcheck disable=SC2034 # for the tests
    engines='uring threads poll'
fi

# run_async COUNT OPTION...: all reads and writes must succeed; the output is in $work/said.
run_async() {
    count=$1
    shift
    within 20 "$echoapp" --async --device="$device" --count="$count" "$@" >"$work/said" 2>&1 ||
        fail "echoapp --async --count=$count $*: exit status $?: $(cat "$work/said")"
    for kind_of_operation in reads writes; do
        grep -q ": $count $kind_of_operation completed" "$work/said" ||
            fail "echoapp --async --count=$count $*: not $count $kind_of_operation: $(cat "$work/said")"
    done
}

# start_async OPTION...: in the background, as $client; it has begun when this returns.
start_async() {
    : >"$work/said"
    start_client "$echoapp" --async --device="$device" "$@" >"$work/said" 2>&1
    eventually 10 grep -q 'at once' "$work/said" ||
        fail "echoapp --async $* does not begin: $(cat "$work/said")"
}

# The client has begun to wait: with poll it sleeps, otherwise it has more threads, its own or the
# kernel's for it.
has_outstanding() { # ENGINE
    case $1 in
    poll) grep -q "^State:[[:space:]]*S" "/proc/$client/status" ;;
    *) [ "$(find "/proc/$client/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 2 ] ;;
    esac
}
