/* Text to sections of lines of fields (S20.2-S20.7). The strings are not put in yet. */
#ifndef WDFUSE_INF_LEXER_H
#define WDFUSE_INF_LEXER_H

#include "inf/inf.h"
#include "inf/text.h"

/* Returns 0, or the arena's error. */
int inf_lex(struct inf *inf, const struct inf_text *text);

#endif
