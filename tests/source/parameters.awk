# Functions whose parameters have different names in a declaration and in the definition.
#
# Reads C sources and headers. A function is the first word before a parenthesis at the outermost
# level, macros (in capitals) excepted; a parameter's name is the last word of it, or the one in
# (*name) of a function's address.

FNR == 1 {
    depth = parens = is_comment = is_directive = 0
    start_declaration()
}

{
    line = without_comments($0)
    if (is_directive || line ~ /^[ \t]*#/) {
        is_directive = line ~ /\\$/
        next
    }
    gsub(/"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/, "", line)
    while (match(line, /[A-Za-z_][A-Za-z_0-9]*|[^ \t]/)) {
        token = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        read_token(token)
    }
}

function start_declaration() {
    name = word = parameters = ""
    is_static = is_over = 0
}

function read_token(token) {
    if (token == "}" && depth > 0 && --depth == 0) {
        start_declaration()
        return
    }
    if (token == "{" && depth++ == 0 && name != "")
        note(1)
    if (depth > 0)
        return
    if (token == ")" && --parens == 0)
        is_over = 1
    if (parens > 0 && !is_over)
        parameters = parameters " " token
    if (token == "(" && parens++ == 0 && name == "" && word !~ /^[A-Z_0-9]*$|^__attribute__$/)
        name = word
    if (parens > 0)
        return
    if (token == ";") {
        if (name != "")
            note(0)
        start_declaration()
    } else if (token == "=" || token == "typedef") {
        is_over = 1
        name = token # has no parameters
    } else if (token == "static") {
        is_static = 1
    } else {
        word = token
    }
}

# Names in order, "-" for a parameter without one.
function names_of(parameters,    i, j, count, inner, list, part, parts, words) {
    for (i = 1; i <= length(parameters); i++) {
        part = substr(parameters, i, 1)
        inner += part == "(" ? 1 : part == ")" ? -1 : 0
        list = list (part == "," && inner == 0 ? "\n" : part)
    }
    count = split(list, parts, "\n")
    list = ""
    for (i = 1; i <= count; i++) {
        part = parts[i]
        sub(/ \[.*/, "", part)
        if (match(part, /\( \* [A-Za-z_0-9]+ \)/))
            part = "x " substr(part, RSTART + 4, RLENGTH - 6)
        j = split(part, words, " ")
        list = list " " (j > 1 && words[j] ~ /^[A-Za-z_]/ ? words[j] : "-")
    }
    return list
}

function note(is_definition,    key) {
    if (name == "=" || name == "typedef")
        return
    key = is_static ? FILENAME " " name : name
    if (is_definition) {
        defined[key] = names_of(parameters)
        where[key] = FILENAME
    } else {
        declared[key, ++declarations[key]] = names_of(parameters)
        place[key, declarations[key]] = FILENAME ":" FNR
    }
}

function are_equal(one, other,    i, count, of_one, of_other) {
    count = split(one, of_one, " ")
    if (count != split(other, of_other, " "))
        return 1 # another function: the explorer's, or a driver's
    for (i = 1; i <= count; i++)
        if (of_one[i] != of_other[i] && of_one[i] != "-" && of_other[i] != "-")
            return 0
    return 1
}

END {
    for (key in declarations) {
        count += key in defined
        for (i = 1; key in defined && i <= declarations[key]; i++)
            if (!are_equal(declared[key, i], defined[key]))
                print place[key, i] ": " key " (" declared[key, i] " ), defined in " where[key] \
                    " (" defined[key] " )" | "sort"
    }
    close("sort")
    print count + 0
}

function without_comments(line,    text, at) {
    while ((at = index(line, is_comment ? "*/" : "/*")) != 0) {
        if (!is_comment)
            text = text substr(line, 1, at - 1) " "
        line = substr(line, at + 2)
        is_comment = !is_comment
    }
    if (!is_comment)
        text = text line
    sub("//.*", "", text)
    return text
}
