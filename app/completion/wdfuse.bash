# bash completion of wdfhost(8), echod(8), echoapp(1), wdfexplore(1), wdfuse(1), wdfuse-wpp(1),
# wdfuse-mc(1) and wdfuse-mof(1). Options are those that the program's own --help names.

_wdfuse_options() { # PROGRAM: a line for each, --name or --name=VALUE
    "$1" --help 2>/dev/null | awk '/^ +-/ {
        while (match($0, /^ *-[^ ,]+,?/)) {
            word = substr($0, RSTART, RLENGTH)
            $0 = substr($0, RSTART + RLENGTH)
            gsub(/[][ ]|,$/, "", word)
            if (length(word) > 2)
                print word
        }
    }'
}

# Files with one of these ends, and folders on the way to them.
_wdfuse_files() { # WORD END...
    local word=$1 end
    shift
    for end; do
        compgen -f -X "!*.$end" -- "$word"
    done
    compgen -d -S / -- "$word"
}

# What may stand behind --OPTION=, which the help calls VALUE.
_wdfuse_values() { # OPTION VALUE WORD
    case $1,$2 in
    *,*\|*) compgen -W "${2//|/ }" -- "$3" ;;
    --log-level,*) compgen -W 'error warning info debug' -- "$3" ;;
    --dispatch,*) compgen -W 'sequential parallel manual' -- "$3" ;;
    --sync,*) compgen -W 'queue device none' -- "$3" ;;
    --read,*) compgen -W 'stream sample' -- "$3" ;;
    --echo,*) compgen -W 'message sample' -- "$3" ;;
    --strategy,*) compgen -W 'random pct dfs' -- "$3" ;;
    --engine,*) compgen -W 'uring threads poll' -- "$3" ;;
    --quota,* | --user-quota,* | --recorder,*) compgen -W 'off' -- "$3" ;;
    --user,*) compgen -u -- "$3" ;;
    --group,*) compgen -g -- "$3" ;;
    --*-filter,*) _wdfuse_files "$3" so ;;
    --check-inf,*) _wdfuse_files "$3" inf inx ;;
    --config,*) _wdfuse_files "$3" json ;;
    --scenario,*) _wdfuse_files "$3" scenario ;;
    *,DIR) compgen -d -S / -- "$3" ;;
    *,FILE* | *,PATH) compgen -f -- "$3" ;;
    esac
}

# What is no option: a driver, here or among those that are installed; a source.
_wdfuse_operands() { # PROGRAM WORD
    case $1 in
    wdfhost) _wdfuse_files "$2" so inf inx && compgen -G "@DRIVERS@/${2##*/}*.so" ;;
    wdfexplore) _wdfuse_files "$2" so && compgen -G "@DRIVERS@/${2##*/}*.so" ;;
    wdfuse) compgen -W new -- "$2" ;;
    wdfuse-mc) _wdfuse_files "$2" man ;;
    wdfuse-mof) _wdfuse_files "$2" mof ;;
    wdfuse-wpp) _wdfuse_files "$2" c cc cpp h ;;
    esac
}

# The shell takes = for a word of its own: --mount = /tmp.
_wdfuse() {
    local program=${1##*/} word=${COMP_WORDS[COMP_CWORD]} option="" line
    if [ "$word" = = ]; then
        option=${COMP_WORDS[COMP_CWORD - 1]} word=""
    elif [ "$COMP_CWORD" -ge 2 ] && [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ -n "$option" ]; then
        line=$(_wdfuse_options "$1" | grep -m 1 "^$option=")
        mapfile -t COMPREPLY < <(_wdfuse_values "$option" "${line#*=}" "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_wdfuse_options "$1" | sed 's/=.*/=/')" -- "$word")
    elif [ "$program" != wdfuse ] || [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(_wdfuse_operands "$program" "$word")
    fi
    # What is to go on has no blank behind it.
    [[ ${COMPREPLY[0]} != *[=/] ]] || compopt -o nospace 2>/dev/null || :
}

complete -F _wdfuse wdfhost echod echoapp wdfexplore wdfuse wdfuse-wpp wdfuse-mc wdfuse-mof
