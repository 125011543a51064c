# shellcheck shell=sh
#
# For tests of packages: each check is a line, and the last line counts them.

passed=0 failed=0

# check WHAT COMMAND...
check() {
    what=$1
    shift
    if "$@" >/tmp/said 2>&1; then
        echo "ok: $what"
        passed=$((passed + 1))
    else
        echo "FAILED: $what: $*"
        sed 's/^/    /' /tmp/said
        failed=$((failed + 1))
    fi
}

# eventually SECONDS COMMAND...
eventually() {
    deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

not() {
    ! "$@"
}

# refuses TEXT COMMAND...: it fails, and one line of its output contains TEXT.
refuses() {
    text=$1
    shift
    ! "$@" >/tmp/refusal 2>&1 || return
    cat /tmp/refusal
    grep -q "$text" /tmp/refusal
}

count_and_end() {
    echo "$passed passed, $failed failed, 0 skipped"
    exit $((failed > 0))
}
