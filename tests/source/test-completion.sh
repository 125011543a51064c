#!/bin/sh
# usage: test-completion.sh BUILD
#
# What bash completes: the options of each program, as in its --help; values of options; files that
# a program takes; commands and objects of wdfctl.
set -eu
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v bash >/dev/null; then
    echo 'SKIP no bash here'
    exit 77
fi

mkdir "$work/bin" "$work/here" "$work/here/folder"
for program in wdfhost echod echoapp wdfexplore wdfuse-wpp wdfuse-mc wdfuse-mof wdfuse; do
    [ ! -x "$build/app/$program" ] || ln -s "$build/app/$program" "$work/bin/$program"
done
# A wdfctl with a fake daemon: two devices, one of which has a name that a shell would expand.
cat >"$work/bin/wdfctl" <<'END'
#!/bin/sh
for word; do
    case $word in
    --help) exec "$WDFCTL" --help ;;
    list) echo '    "program": "echod",' && echo '    "program": "wdfhost",' ;;
    devices) echo '    "node": "echo",' && echo '    "node": "$(reboot)",' ;;
    requests) echo '    "handle": "0x1234"' ;;
    esac
done
END
chmod +x "$work/bin/wdfctl"
(cd "$work/here" && : >driver.so && : >driver.inf && : >driver.c && : >events.man && : >a.mof &&
    : >a.scenario && : >settings.json)

cat >"$work/test.bash" <<'END'
. "$1/app/wdfuse.bash"
. "$2/app/completion/wdfctl.bash"
failed=0

# completed LINE: the completions of the last word of LINE, split like the shell does.
completed() {
    local function line=${1//=/ = }
    read -ra COMP_WORDS <<<"$line"
    [[ $1 != *" " && $1 != *= ]] || [[ $1 == *= ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    function=$(complete -p "${COMP_WORDS[0]}")
    function=${function#*-F }
    "${function%% *}" "${COMP_WORDS[0]}"
    mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | sort)
    echo "${COMPREPLY[*]}"
}

expect() { # LINE COMPLETIONS
    local got
    got=$(completed "$1")
    [ "$got" = "$2" ] || { echo "FAILED: '$1' is completed to '$got', not '$2'" && failed=1; }
}

expect 'wdfhost --mou' '--mount='
expect 'wdfhost --foreg' '--foreground'
expect 'wdfhost --log-level=' 'debug error info warning'
expect 'wdfhost --log-level=w' 'warning'
expect 'wdfhost --control=o' 'off on'
expect 'wdfhost --mount=' 'folder/'
expect 'wdfhost --upper-filter=' 'driver.so folder/'
expect 'wdfhost --config=' 'folder/ settings.json'
expect 'wdfhost --check-inf=d' 'driver.inf'
expect 'wdfhost --user=roo' 'root'
expect 'wdfhost --foreground dr' 'driver.inf driver.so'
expect 'echod --echo=' 'message sample'
expect 'echod --dispatch=p' 'parallel'
expect 'echod --nonsense=' ''
expect 'echoapp --engine=' 'poll threads uring'
expect 'echoapp -A' '-Async'
expect 'wdfuse ' 'new'
expect 'wdfuse new --' '--c++ --help --umdf --version'
expect 'wdfuse-mc ' 'events.man folder/'
expect 'wdfuse-mc -k' '-km'
expect 'wdfuse-mof ' 'a.mof folder/'
expect 'wdfuse-wpp d' 'driver.c'
if type wdfexplore >/dev/null 2>&1; then
    expect 'wdfexplore d' 'driver.so'
    expect 'wdfexplore driver.so --scenario=' 'a.scenario folder/'
    expect 'wdfexplore driver.so --strategy=' 'dfs pct random'
fi

expect 'wdfctl surp' 'surprise-remove'
expect 'wdfctl --daemon=' 'echod wdfhost'
expect 'wdfctl --daemon=echod queues ' 'echo'
expect 'wdfctl tree ' 'echo'
expect 'wdfctl cancel ' '0x1234'
expect 'wdfctl log-level d' 'debug'
expect 'wdfctl inject allocation p' 'pool'

# Every command and option in wdfctl's help, and all options of the others.
commands=$(wdfctl --help | sed -n '/^Commands/,$s/^  \([a-z][a-z-]*\) .*/\1/p' | sort | paste -sd ' ')
expect 'wdfctl ' "$commands"
for program in wdfhost echod echoapp wdfexplore wdfuse wdfuse-wpp wdfuse-mc wdfuse-mof wdfctl; do
    type "$program" >/dev/null 2>&1 || continue
    got=" $(completed "$program -") "
    for option in $("$program" --help | sed -nE 's/^ *(-[a-z], )?(--[a-z][a-z+-]*).*/\2/p'); do
        [[ $got == *" $option "* || $got == *" $option= "* ]] ||
            { echo "FAILED: $program - is completed to$got, without $option" && failed=1; }
    done
done
exit $failed
END
cd "$work/here"
WDFCTL=$build/app/wdfctl PATH=$work/bin:$PATH LC_ALL=C bash "$work/test.bash" "$build" "$top"
