# bash completion of wdfctl(8): commands, options, nodes and requests of the daemons that run.

# COMMAND KEY: the values of that member in what the daemons answer, as far as they are plain names:
# the shell would expand others.
_wdfctl_values() {
    wdfctl --timeout=1 --json "$1" 2>/dev/null |
        sed -n "s/^ *\"$2\": \"\\([A-Za-z0-9._+:@-]\\{1,\\}\\)\",\\{0,1\\}\$/\\1/p"
}

_wdfctl() {
    local word=${COMP_WORDS[COMP_CWORD]} command= i
    local commands='status list devices queues requests stat tree refs top log log-level trace
        suspend resume wake idle stop start remove surprise-remove fail plug unplug eject cancel
        post-mortem timeline clean'
    local options='--daemon= --timeout= --json --follow --last= --perfetto= --svg= --version
        --help'
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $command:$word in
    *:-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    :*) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
    log-level:*) mapfile -t COMPREPLY < <(compgen -W 'error warning info debug' -- "$word") ;;
    cancel:*) mapfile -t COMPREPLY < <(compgen -W "$(_wdfctl_values requests handle)" -- "$word") ;;
    queues:* | requests:* | stat:* | tree:* | refs:* | idle:* | stop:* | start:* | remove:* | \
        surprise-remove:* | fail:* | plug:* | unplug:* | eject:*)
        mapfile -t COMPREPLY < <(compgen -W "$(_wdfctl_values devices node)" -- "$word")
        ;;
    esac
}

complete -o default -F _wdfctl wdfctl
