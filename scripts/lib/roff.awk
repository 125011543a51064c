# Text in the language of manual pages: mdoc(7).

function begin_page(name, section, description) {
    print ".Dd November 29, 2026"
    print ".Dt " toupper(name) " " section
    print ".Os"
    print ".Sh NAME"
    print ".Nm " name names
    print ".Nd " description
}

# A sentence without its capital and its full stop, as NAME has it. Names keep theirs.
function as_description(sentence) {
    sub(/\.$/, "", sentence)
    if (sentence ~ /^[A-Z][a-z]/)
        sentence = tolower(substr(sentence, 1, 1)) substr(sentence, 2)
    return escaped(sentence)
}

# What stands in a line of text: no line begins with a command.
function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/`/, "\\(ga", text)
    gsub(/-/, "\\-", text)
    # Between two letters it is a hyphen.
    while (match(text, /[a-z]\\-[a-z]/))
        text = substr(text, 1, RSTART) "-" substr(text, RSTART + 3)
    # Names are not to be broken.
    gsub(/[A-Za-z]*[a-z][A-Z][A-Za-z]*|[A-Z]+_[A-Z_]+/, "\\%&", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

# What is shown as it was typed.
function typed(text) {
    gsub(/\\/, "\\e", text)
    gsub(/`/, "\\(ga", text)
    gsub(/'/, "\\(aq", text)
    gsub(/-/, "\\-", text)
    gsub(/~/, "\\(ti", text)
    gsub(/\^/, "\\(ha", text)
    return text
}

function typed_line(text) {
    text = typed(text)
    return text ~ /^\./ ? "\\&" text : text
}

# The argument of a command.
function quoted(text) {
    gsub(/"/, "\\(dq", text)
    return "\"" text "\""
}

# NAME.SECTION ...: the pages to look at.
function see_also(pages, count, i, part, list) {
    count = split(pages, list, " ")
    if (count == 0)
        return
    print ".Sh SEE ALSO"
    for (i = 1; i <= count; i++) {
        match(list[i], /\.[^.]*$/)
        part = substr(list[i], RSTART + 1)
        print ".Xr " substr(list[i], 1, RSTART - 1) " " part (i < count ? " ," : "")
    }
}
