/* The words of a MOF. */
#ifndef WDFUSE_MOF_LEXER_H
#define WDFUSE_MOF_LEXER_H

#include <stddef.h>

#include "mof/mof.h"

enum mof_token_kind {
    MOF_TOKEN_END,
    MOF_TOKEN_WORD,   /* a name, or a number */
    MOF_TOKEN_STRING, /* in quotes; several that follow each other are one */
    MOF_TOKEN_MARK,   /* any other character */
};

struct mof_lexer {
    const char *place, *end;
    unsigned line;
    char *error; /* MOF_ERROR_SIZE bytes; empty: there was none */

    /* What stands at the place; the text is the lexer's, malloc'ed. */
    enum mof_token_kind kind;
    char *text;
    unsigned token_line;
};

/* Begins with the first word. */
void mof_lexer_init(struct mof_lexer *lexer, const char *text, size_t length, char *error);
void mof_lexer_finish(struct mof_lexer *lexer);

/* The next one. After an error there is only the end. */
void mof_next(struct mof_lexer *lexer);

/* Notes the first error, at that line. */
void mof_fail(struct mof_lexer *lexer, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
