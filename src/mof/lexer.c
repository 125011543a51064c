/* The words of a MOF. See lexer.h. */
#include "mof/lexer.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mof_fail(struct mof_lexer *lexer, unsigned line, const char *format, ...)
{
    va_list arguments;
    if (lexer->error[0] == '\0') {
        int length = snprintf(lexer->error, MOF_ERROR_SIZE, "%u: ", line);
        va_start(arguments, format);
        vsnprintf(lexer->error + length, (size_t)(MOF_ERROR_SIZE - length), format, arguments);
        va_end(arguments);
    }
    lexer->place = lexer->end;
    lexer->kind = MOF_TOKEN_END;
}

/* How many characters of the text stand there: 0 for none. */
static bool is_at(const struct mof_lexer *lexer, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(lexer->end - lexer->place) >= length && memcmp(lexer->place, text, length) == 0;
}

static void skip_line(struct mof_lexer *lexer)
{
    while (lexer->place < lexer->end && *lexer->place != '\n')
        lexer->place++;
}

static void skip_comment(struct mof_lexer *lexer)
{
    unsigned line = lexer->line;
    lexer->place += 2;
    while (lexer->place < lexer->end && !is_at(lexer, "*/")) {
        if (*lexer->place++ == '\n')
            lexer->line++;
    }
    if (lexer->place < lexer->end)
        lexer->place += 2;
    else
        mof_fail(lexer, line, "the comment does not end");
}

/* Spaces, comments, and #pragma lines, which do not concern blocks. */
static void skip_space(struct mof_lexer *lexer)
{
    while (lexer->place < lexer->end) {
        if (*lexer->place == '\n')
            lexer->line++;
        if (isspace((unsigned char)*lexer->place))
            lexer->place++;
        else if (is_at(lexer, "//") || *lexer->place == '#')
            skip_line(lexer);
        else if (is_at(lexer, "/*"))
            skip_comment(lexer);
        else
            return;
    }
}

static bool is_of_word(char character)
{
    return isalnum((unsigned char)character) || strchr("_+-.", character) != NULL ||
           (character & 0x80) != 0;
}

static void take(struct mof_lexer *lexer, enum mof_token_kind kind, const char *text, size_t length)
{
    free(lexer->text);
    lexer->text = strndup(text, length);
    lexer->kind = kind;
    if (lexer->text == NULL)
        mof_fail(lexer, lexer->line, "there is no memory");
}

/* Behind the first quote; appends what stands to the next one, a backslash taking the special
 * meaning from a character. Returns the new length. */
static size_t take_quoted(struct mof_lexer *lexer, char *text, size_t length)
{
    unsigned line = lexer->line;
    for (lexer->place++; lexer->place < lexer->end && *lexer->place != '"'; lexer->place++) {
        if (*lexer->place == '\n')
            lexer->line++;
        if (*lexer->place == '\\' && lexer->place + 1 < lexer->end)
            lexer->place++;
        text[length++] = *lexer->place;
    }
    if (lexer->place < lexer->end)
        lexer->place++;
    else
        mof_fail(lexer, line, "the string does not end");
    return length;
}

static void take_string(struct mof_lexer *lexer)
{
    char *text = malloc((size_t)(lexer->end - lexer->place) + 1);
    size_t length = 0;
    if (text == NULL) {
        mof_fail(lexer, lexer->line, "there is no memory");
        return;
    }
    while (lexer->place < lexer->end && *lexer->place == '"') {
        length = take_quoted(lexer, text, length);
        skip_space(lexer);
    }
    if (lexer->error[0] == '\0')
        take(lexer, MOF_TOKEN_STRING, text, length);
    free(text);
}

void mof_next(struct mof_lexer *lexer)
{
    skip_space(lexer);
    lexer->token_line = lexer->line;
    const char *begin = lexer->place;
    if (begin >= lexer->end) {
        lexer->kind = MOF_TOKEN_END;
    } else if (*begin == '"') {
        take_string(lexer);
    } else if (is_of_word(*begin)) {
        while (lexer->place < lexer->end && is_of_word(*lexer->place))
            lexer->place++;
        take(lexer, MOF_TOKEN_WORD, begin, (size_t)(lexer->place - begin));
    } else {
        lexer->place++;
        take(lexer, MOF_TOKEN_MARK, begin, 1);
    }
}

void mof_lexer_init(struct mof_lexer *lexer, const char *text, size_t length, char *error)
{
    static const char mark[] = "\xef\xbb\xbf";
    *lexer = (struct mof_lexer){.place = text, .end = text + length, .line = 1, .error = error};
    error[0] = '\0';
    if (is_at(lexer, mark))
        lexer->place += strlen(mark);
    if (memchr(text, '\0', length) != NULL)
        mof_fail(lexer, 1, "it is no text in UTF-8");
    mof_next(lexer);
}

void mof_lexer_finish(struct mof_lexer *lexer)
{
    free(lexer->text);
}
