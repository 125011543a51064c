# The complaints of test-text.sh about each line; exit status 1 if there were any.

function complain(line, what) {
    printf "%s:%d: %s\n", FILENAME, line, what
    failed = 1
}

FNR == 1 {
    is_c = FILENAME ~ /\.[ch]$/
    is_markdown = FILENAME ~ /\.md$/
    is_script = !is_c && !is_markdown
    here = ""
    in_text_comment = 0
    in_comment = 0
    indented = ""
}

# The columns of a line: in the locale C a character of UTF-8 is several bytes; all but the first
# are in one range.
function columns(line) {
    gsub(/[\200-\277]/, "", line)
    return length(line)
}

# Whether a line of a script is just one string, perhaps with a word before it: a message, say.
function is_one_string(line) {
    gsub(/\\./, "", line)
    gsub(/\$\([^()]*\)/, "", line)
    return line ~ /^ *[^ "']*[ =(]?("[^"]*"|'[^']*')[^"']?[^"']?[^"']?$/
}

# Tables of Markdown and of C may be wide; so may strings, and the here documents of scripts.
function may_be_wide(line) {
    return line !~ /[^ ] +[^ ]/ || is_markdown && line ~ /^\|/ ||
        is_c && line ~ /^(#define|    \{| *[^ ]*".*"[,;)]*$)/ || here != "" ||
        is_script && is_one_string(line)
}
columns($0) > 100 && !may_be_wide($0) { complain(FNR, "longer than 100 columns") }

# A here document of a script, up to its last line.
is_script && here == "" && /<<-?'?[A-Z]+'?( |$)/ && !/^ *#/ {
    here = $0
    sub(/.*<<-?'?/, "", here)
    sub(/[^A-Z].*/, "", here)
    next
}
$0 == here { here = "" }

!is_c { next }

# The end of a comment that began on a line before.
in_text_comment && /\*\// {
    if ($0 ~ /^ *\*\/$/)
        complain(FNR, "the end of a comment stands alone")
    in_text_comment = 0
}

# A comment that begins with text, and goes on.
/^ *\/\* ./ && !/\*\// { in_text_comment = 1 }

# Lists, tables, diagrams and examples of code in a comment are indented. Wrapping them like prose
# leaves gaps in a line at the margin, or the rest of an indented line at the margin.
/^ *\/\*/ { in_comment = 1 }
in_comment {
    text = $0
    sub(/ *\*\/.*/, "", text)
    is_at_margin = text ~ /^ *\/?\* [^ ]/
    if (is_at_margin && text ~ /\* [^ ].*[^ ]   *[^ ]/)
        complain(FNR, "a gap in prose: what stands in columns is indented")
    else if (is_at_margin && indented != "" && (indented !~ /[.:;]$/ || text ~ /^ *\* [a-z]/))
        complain(FNR, "an indented line goes on at the margin")
    indented = text ~ /^ *\*   +[^ ]/ ? text : ""
}
/\*\// {
    in_comment = 0
    indented = ""
}

# A comment beside code that continues in the next line.
/[^ ] *\/\*/ && !/\*\// && !/^ *\/?\*/ && !/"/ {
    complain(FNR, "a comment beside code goes on: it belongs above")
}

# "struct thing" and on the next line "    *name; /* ... */"
torn && !/(return|break|continue);/ && /^ +\*?[a-z_]+(\[[^]]*\])?; *\/\*/ {
    complain(FNR - 1, "a field is torn by its comment")
}
{ torn = /^    [A-Za-z_][A-Za-z_ ()*]*$/ && !/^    (return|else|do)$/ }
/GUARDED_BY\($/ { complain(FNR, "a field is torn by its comment") }

END { exit failed }
