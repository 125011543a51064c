# The names that headers declare for several files, as "HEADER NAME": the word before a parenthesis
# at the outermost level, which in a declaration is a function's name (or an attribute's), and the
# words of an `extern` declaration. A callback's type declares a function as well, without a
# parenthesis: `EVT_WDF_FILE_CLOSE open_file_close;`.

FNR == 1 {
    depth = parens = is_comment = is_directive = is_extern = is_static = 0
}

{
    line = without_comments($0)
    if (is_directive || line ~ /^[ \t]*#/) {
        is_directive = line ~ /\\$/
        next
    }
    while (match(line, /[A-Za-z_][A-Za-z_0-9]*|"[^"]*"|[(){};]/)) {
        read_token(substr(line, RSTART, RLENGTH))
        line = substr(line, RSTART + RLENGTH)
    }
}

# The braces of `extern "C"`, which only C++ sees, do not count.
function read_token(token) {
    if (token == "{" && word != "\"C\"")
        depth++
    if (token == "}" && depth > 0)
        depth--
    if (token == ")")
        parens--
    if (depth == 0 && parens == 0)
        read_outermost(token)
    if (token == "(")
        parens++
}

function read_outermost(token) {
    if (token == "(" && !is_static)
        print FILENAME, word
    if (token == ";" && before ~ /^(EVT_[A-Z_]+|DRIVER_INITIALIZE)$/)
        print FILENAME, word
    if (token == "extern" || token == "static") {
        is_extern = token == "extern"
        is_static = token == "static"
    } else if (token == ";" || token == "{" || token == "}") {
        is_extern = is_static = 0
    } else if (is_extern) {
        print FILENAME, token
    }
    before = word
    word = token
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
