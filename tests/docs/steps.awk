# The steps of a block of commands, each in two files, DIR/step.NNN.command and DIR/step.NNN.output:
# a line that begins with "$ ", with its continuation after a backslash or in quotes, and the lines
# below. Prints the number of steps. Variable: dir.
goes_on || /^\$ / {
    if (!goes_on) {
        sub(/^\$ /, "")
        command = sprintf("%s/step.%03d.command", dir, ++count)
        output = sprintf("%s/step.%03d.output", dir, count)
        printf "" >command
        printf "" >output
    }
    quotes += gsub(/'/, "&")
    goes_on = /\\$/ || quotes % 2 == 1
    print >command
    next
}
count { print >output }
END { print count + 0 }
