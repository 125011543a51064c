# The page of a page of docs/: its headings, paragraphs, lists, tables and blocks of code.

function formatted(text, out, start, end) {
    # A link is its text.
    while (match(text, /\[[^]]*\]\([^)]*\)/)) {
        link = substr(text, RSTART + 1, RLENGTH - 2)
        sub(/\]\(.*/, "", link)
        text = substr(text, 1, RSTART - 1) link substr(text, RSTART + RLENGTH)
    }
    while (match(text, /`[^`]*`|\*\*[^*]*\*\*|\*[a-z][a-z -]*\*/)) {
        start = RSTART
        end = RSTART + RLENGTH
        mark = substr(text, start, 2) == "**" ? 2 : 1
        out = out escaped(substr(text, 1, start - 1)) "\\fB" \
            typed(substr(text, start + mark, end - start - 2 * mark)) "\\fP"
        text = substr(text, end)
    }
    out = out escaped(text)
    return out ~ /^[.']/ ? "\\&" out : out
}

function end_paragraph() {
    if (paragraph == "")
        return
    if (!is_first)
        print ".Pp"
    print formatted(paragraph)
    paragraph = ""
    is_first = 0
}

function end_list() {
    end_paragraph()
    if (list != "") {
        print ".El"
        is_first = 0
    }
    list = ""
}

function begin_list(kind) {
    if (list == kind)
        return
    end_list()
    print kind == "table" ? ".Bl -tag -width Ds" : ".Bl -" kind " -offset indent"
    list = kind
}

function begin_entry(kind, text) {
    end_paragraph()
    begin_list(kind)
    print ".It"
    paragraph = text
    is_first = 1
}

# The columns behind the first, each under its heading if there are several.
function print_row(count, i) {
    begin_list("table")
    print ".It " formatted(trimmed(cells[2]))
    for (i = 3; i < count; i++) {
        if (count > 4 && trimmed(heads[i]) != "")
            print formatted(trimmed(heads[i])) ":"
        print formatted(trimmed(cells[i])) (count > 4 && i < count - 1 ? ";" : "")
    }
}

function trimmed(text) {
    gsub(/^ +| +$/, "", text)
    gsub(/\003/, "|", text)
    return text
}

BEGIN {
    begin_page(name, section, description)
    count = split(ENVIRON["headings"], list_of_headings, "\n")
    for (i = 1; i <= count; i++)
        if (list_of_headings[i] != "")
            wanted[list_of_headings[i]] = 1
    chosen = length(ENVIRON["headings"]) > 0
    is_taken = !chosen
    if (is_taken)
        print ".Sh DESCRIPTION"
    is_first = 1
}

/^```/ && !in_code && is_taken {
    end_paragraph()
    in_code = 1
    print ".Bd -literal -offset indent"
    next
}
/^```/ && in_code {
    in_code = 0
    print ".Ed"
    is_first = 0
    next
}
/^```/ { skips_code = !skips_code; next }
in_code {
    print typed_line($0)
    next
}
skips_code { next }

/^# / { next }
/^## / {
    if (is_taken)
        end_list()
    heading = substr($0, 4)
    is_taken = !chosen || heading in wanted
    delete wanted[heading]
    if (is_taken) {
        print ".Sh " quoted(toupper(formatted(heading)))
        is_first = 1
    }
    next
}
!is_taken || /^<!--/ { next }
/^### / {
    end_list()
    print ".Ss " quoted(formatted(substr($0, 5)))
    is_first = 1
    next
}
/^\|/ {
    end_paragraph()
    gsub(/\\\|/, "\003")
    count = split($0, cells, "|")
    if (!in_table)
        split($0, heads, "|")
    else if ($0 !~ /^\|[ |-]*$/)
        print_row(count)
    in_table = 1
    next
}
in_table {
    in_table = 0
    end_list()
}
/^- / { begin_entry("bullet", substr($0, 3)); next }
/^[0-9]+\. / { sub(/^[0-9]+\. /, ""); begin_entry("enum", $0); next }
/^ *$/ { end_paragraph(); next }
list != "" && paragraph == "" && /^[^ ]/ { end_list() }
{
    text = trimmed($0)
    paragraph = paragraph (paragraph == "" ? "" : " ") text
}

END {
    end_list()
    for (heading in wanted) {
        print FILENAME ": there is no heading " heading >"/dev/stderr"
        exit 1
    }
    see_also(see)
}
