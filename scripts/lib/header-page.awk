# The page of a public header: its first comment is the description; then, in its order, come the
# declarations, each with the comment above it. What the compiler alone needs is left out: guards,
# includes, conditions, the bodies of functions, and functions whose name ends with an underscore.
#
# A page is made in two runs over the lines that are kept, for NAME lists the functions.

function is_for_the_compiler(line) {
    return line ~ /^ *#(if|ifdef|ifndef|else|elif|endif|undef|include|pragma)/ ||
        line ~ /^(WDF_)?EXTERN_C_(START|END)$/ || line ~ /^extern "C" \{$/ ||
        line ~ /^#define WDFUSE_[A-Z]+_(H|DEFINED)$/ || line ~ /^_Static_assert|^C_ASSERT/
}

# ---- comments ----

# What a line of a comment says.
function said(line) {
    sub(/^\/\*+ ?/, "", line)
    sub(/^ \*\/?/, "", line)
    sub(/ *\*\/$/, "", line)
    sub(/^ /, "", line)
    return line
}

# "  NAME     what it is": an entry of a list.
function is_entry(line) {
    return line ~ /^  +[A-Za-z0-9_, .:*\\\/-]*[^ ]   *[^ ]/ && line !~ /[;(].*   / &&
        line !~ /\/\//
}

function indentation(line) {
    match(line, /^ */)
    return RLENGTH
}

function end_block() {
    if (block == "list")
        print ".El"
    else if (block == "code")
        print ".Ed"
    block = ""
}

function begin_block(line) {
    block = is_entry(line) ? "list" : "code"
    block_margin = indentation(line)
    print block == "list" ? ".Bl -tag -width Ds -compact" : ".Bd -literal -offset indent"
}

function print_entry(line, what) {
    sub(/^ */, "", line)
    what = line
    sub(/   *.*/, "", line)
    print ".It " escaped(line)
    what = substr(what, length(line) + 1)
    if (sub(/^ */, "", what) && what != "")
        print escaped(what)
}

function print_indented(line) {
    if (block == "")
        begin_block(line)
    if (block == "code")
        print typed_line(substr(line, block_margin + 1))
    else if (indentation(line) == block_margin)
        print_entry(line)
    else {
        sub(/^ */, "", line)
        print escaped(line)
    }
}

# A comment, line by line; lines that are indented are lists or examples.
function print_comment(comment, count, i, lines) {
    count = split(comment, lines, "\n")
    for (i = 1; i <= count; i++) {
        if (lines[i] ~ /^  /)
            print_indented(lines[i])
        else if (lines[i] == "") {
            if (block == "code" && lines[i + 1] ~ /^  /)
                print ""
            else {
                end_block()
                if (i < count)
                    print ".Pp"
            }
        } else {
            end_block()
            print escaped(lines[i])
        }
    }
    end_block()
}

# ---- declarations ----

# What a declaration declares.
function name_of(text) {
    if (text ~ /^#define /)
        sub(/^#define /, "", text)
    else if (match(text, /\} *[A-Za-z_][A-Za-z0-9_]*[^}]*;$/)) {
        text = substr(text, RSTART + 1)
        sub(/^ */, "", text)
    } else if (text ~ /^(DECLARE_HANDLE|DEFINE_[A-Z]*)\(/)
        sub(/^[A-Z_]*\( */, "", text)
    else if (text ~ /^(struct|enum|union) [a-z_]+ \{/) {
        sub(/ \{.*/, "", text)
        return text
    } else if (match(text, /[A-Za-z_][A-Za-z0-9_]*\)? *\(/) &&
               substr(text, RSTART, RLENGTH) !~ /^__attribute__/)
        text = substr(text, RSTART)
    else if (match(text, /[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])*;$/))
        text = substr(text, RSTART)
    else
        return ""
    match(text, /^[A-Za-z_][A-Za-z0-9_]*/)
    return substr(text, 1, RLENGTH)
}

function is_function(text) {
    return text ~ /^[A-Za-z_].*\(/ && text !~ /^(typedef|struct|enum|union|extern|DE[A-Z_]*\()/ &&
        text ~ /\);$/
}

# A declaration that is whole.
function take(text, flat, declared) {
    flat = text
    gsub(/\/\*[^*]*\*\//, "", flat)
    gsub(/\n */, " ", flat)
    declared = name_of(flat)
    if (declared == "" || declared ~ /_$/ || (has_body && declared in seen))
        return
    if (is_function(flat) && !(declared in seen))
        names = names " ,\n.Nm " declared
    seen[declared] = 1
    if (title_count < 3)
        title = title (title == "" ? "" : ", ") declared
    else if (title_count == 3)
        title = title " and others"
    title_count++
    declarations = declarations text "\n"
}

function print_declarations(count, i, lines) {
    print ".Bd -literal"
    count = split(declarations, lines, "\n")
    for (i = 1; i < count; i++)
        print typed_line(lines[i])
    print ".Ed"
}

# What was gathered, before the next comment: declarations and what is said of them.
function end_group() {
    if (declarations != "") {
        body = body "\001g" title "\002" declarations "\002" comment
    } else if (comment != "")
        pending = comment
    title = declarations = comment = ""
    title_count = 0
}

# ---- lines ----

in_body {
    in_body = !/^\}/
    next
}
in_comment || (!depth && unfinished == "" && /^\/\*/) {
    if (!in_comment) {
        end_group()
        comment = ""
    }
    comment = comment (in_comment && comment != "" ? "\n" : "") said($0)
    in_comment = !/\*\//
    if (in_comment)
        next
    sub(/^\n+/, "", comment)
    sub(/\n+$/, "", comment)
    if (introduction == "") {
        introduction = comment
        comment = ""
    } else if (comment ~ /^---- .* ----$/) {
        gsub(/^---- | ----$/, "", comment)
        body = body "\001s" comment
        comment = ""
    }
    next
}
unfinished == "" && (is_for_the_compiler($0) || /^ *$/ || /^\}$/) { next }

# A macro that goes on: its body is not shown.
unfinished == "" && /^#define .*\\$/ {
    sub(/ *\\$/, "")
    macro = $0
    in_macro = 1
    next
}
in_macro {
    in_macro = /\\$/
    if (!in_macro)
        take(macro " ...")
    next
}
/^#define / {
    take($0)
    next
}

# The body of a function; what was above it was its head.
/^\{$/ && unfinished != "" {
    has_body = 1
    sub(/^__attribute__\(\([^)]*\)\) /, "", unfinished)
    take(unfinished ";")
    has_body = 0
    unfinished = ""
    in_body = 1
    next
}
{
    unfinished = unfinished (unfinished == "" ? "" : "\n") $0
    code = $0
    gsub(/\/\*.*\*\//, "", code)
    depth += gsub(/[{(]/, "", code) - gsub(/[})]/, "", code)
    if (depth == 0 && code ~ /;[ ]*$/) {
        take(unfinished)
        unfinished = ""
    }
}

END {
    if (introduction == "")
        exit 1
    end_group()
    # Its first sentence names the page.
    match(introduction, /[.](\n|  ?|$)/)
    first = substr(introduction, 1, RSTART)
    gsub(/\n/, " ", first)
    rest = substr(introduction, RSTART + RLENGTH)
    sub(/^\n+/, "", rest)
    begin_page("wdfuse-" name, 3, as_description(first))
    print ".Sh SYNOPSIS"
    print ".In wdfuse/" name ".h"
    print ".Sh DESCRIPTION"
    print_comment(rest != "" ? rest : first)
    print ".Sh DECLARATIONS"
    count = split(substr(body, 2), groups, "\001")
    for (i = 1; i <= count; i++) {
        if (groups[i] ~ /^s/) {
            if (i < count && groups[i + 1] ~ /^g/)
                print ".Sh " quoted(toupper(escaped(substr(groups[i], 2))))
            continue
        }
        split(substr(groups[i], 2), parts, "\002")
        print ".Ss " parts[1]
        declarations = parts[2]
        print_declarations()
        if (parts[3] != "") {
            print ".Pp"
            print_comment(parts[3])
        }
    }
    see_also("wdfuse-driver.7")
}
