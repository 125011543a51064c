/*
 * The format words of trace messages.
 */
#ifndef WDFUSE_NT_TRACEWORDS_H
#define WDFUSE_NT_TRACEWORDS_H

#include <stdbool.h>

#include <wdfuse/trace.h>

#include "nt/format.h"

/* A message on its way to the log, for its words: %!FUNC!, %!LEVEL! and those of the driver. */
struct trace_message {
    struct format_words words;
    const WDFUSE_TRACE_UNIT *unit;
    ULONG line;
    const char *function;
    ULONG level;
    const char *flag;
};

/* The words of WPP, as format.h calls it. */
bool trace_word_render(const struct format_words *words, const char *word, size_t length,
                       struct format_arguments *arguments, char *text, size_t size);

/* A GUID as 32 digits with dashes; `size` is at least 37. */
void trace_guid_text(const GUID *guid, char *text, size_t size);

#endif
