# bash completion of wdfctl(8): commands, options, nodes and requests of the daemons that run.

# COMMAND KEY: the values of that member in what the daemons answer, as far as they are plain names:
# the shell would expand others.
_wdfctl_values() {
    wdfctl --timeout=1 --json "$1" 2>/dev/null |
        sed -n "s/^ *\"$2\": \"\\([A-Za-z0-9._+:@-]\\{1,\\}\\)\",\\{0,1\\}\$/\\1/p"
}

_wdfctl_option_values() { # OPTION WORD
    case $1 in
    --daemon) compgen -W "$(_wdfctl_values list program | sort -u)" -- "$2" ;;
    --perfetto | --svg | --mof) compgen -f -- "$2" ;;
    esac
}

_wdfctl() {
    local word=${COMP_WORDS[COMP_CWORD]} i command="" action="" option=""
    local commands='status list devices queues requests files timers locks stat tree refs top log
        log-level trace suspend resume wake idle stop start remove surprise-remove fail plug unplug
        eject use unuse cancel wmi inject post-mortem timeline clean'
    local options='--daemon= --timeout= --json --follow --last= --perfetto= --svg= --mof= --version
        --help'
    for ((i = 1; i < COMP_CWORD; i++)); do
        # The shell takes = for a word of its own: --last = 5.
        case ${COMP_WORDS[i - 1]}:${COMP_WORDS[i]} in
        *:-* | *:= | =:*) ;;
        *)
            [ -z "$command" ] || action=$action/${COMP_WORDS[i]}
            command=${command:-${COMP_WORDS[i]}}
            ;;
        esac
    done
    if [ "$word" = = ]; then
        option=${COMP_WORDS[COMP_CWORD - 1]} word=""
    elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ -n "$option" ]; then
        mapfile -t COMPREPLY < <(_wdfctl_option_values "$option" "$word")
        return
    fi
    case $command$action:$word in
    *:-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    :*) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
    log-level:*) mapfile -t COMPREPLY < <(compgen -W 'error warning info debug' -- "$word") ;;
    cancel:*) mapfile -t COMPREPLY < <(compgen -W "$(_wdfctl_values requests handle)" -- "$word") ;;
    wmi:*) mapfile -t COMPREPLY < <(compgen -W 'list get set set-item execute watch' -- "$word") ;;
    wmi/get:* | wmi/set:* | wmi/set-item:* | wmi/execute:* | wmi/watch:*)
        mapfile -t COMPREPLY < <(compgen -W "$(_wdfctl_values wmi guid)" -- "$word")
        ;;
    inject:*) mapfile -t COMPREPLY < <(compgen -W 'allocation completion' -- "$word") ;;
    inject/allocation:*)
        mapfile -t COMPREPLY < <(compgen -W 'pool WDFMEMORY WDFREQUEST WDFQUEUE WDFTIMER' -- "$word")
        ;;
    inject/allocation/*) mapfile -t COMPREPLY < <(compgen -W 'nth= count=' -- "$word") ;;
    inject/completion/*)
        mapfile -t COMPREPLY < <(compgen -W 'status= delay= type= nth= count=' -- "$word")
        ;;
    use/*:* | unuse/*:*)
        mapfile -t COMPREPLY < <(compgen -W 'paging hibernation dump boot guest' -- "$word")
        ;;
    inject/completion:* | queues:* | requests:* | files:* | timers:* | locks:* | stat:* | tree:* | \
        refs:* | idle:* | stop:* | start:* | remove:* | surprise-remove:* | fail:* | plug:* | \
        unplug:* | eject:* | use:* | unuse:*)
        mapfile -t COMPREPLY < <(compgen -W "$(_wdfctl_values devices node)" -- "$word")
        ;;
    esac
}

complete -o default -F _wdfctl wdfctl
