/*
 * Formatted text by the rules of Microsoft's printf, in which DbgPrint and the safe string
 * functions are written.
 *
 * What differs from the C library's: l is 32 bits wide, as LONG is; I, I32, I64 and w are sizes;
 * %S, %ws and %ls are UTF-16, %wZ a UNICODE_STRING, %Z and %hZ an ANSI_STRING; %p has 16 digits and
 * no 0x; %n takes its argument and does nothing. Wide text comes out as UTF-8.
 */
#ifndef WDFUSE_NT_FORMAT_H
#define WDFUSE_NT_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <ntdef.h>

/*
 * Writes at most size - 1 bytes and a terminating zero (size 0: nothing) and returns how many bytes
 * the whole text has, like vsnprintf. A field is at most FORMAT_FIELD_MAX bytes wide. An unknown
 * conversion is written as it stands.
 */
#define FORMAT_FIELD_MAX 512
size_t nt_format(char *buffer, size_t size, const char *format, va_list arguments);

/* va_list may be an array, which can't be passed by address once it is a parameter. */
struct format_arguments {
    va_list list;
};

/*
 * The words of trace messages, %!STATUS! and %-12!STATUS!: `render` takes what the word stands for
 * from `arguments`, and writes it as text; false if it does not know the word, which is `length`
 * bytes long. What is no word may be a conversion: %!s! is %s. What is neither is shown by its name
 * and a number.
 */
struct format_words {
    bool (*render)(const struct format_words *words, const char *word, size_t length,
                   struct format_arguments *arguments, char *text, size_t size);
};
size_t nt_format_words(char *buffer, size_t size, const char *format, va_list arguments,
                       const struct format_words *words);

/*
 * The same for a wide format, where %s and %c are wide and %S and %C are not. Returns a malloc'ed,
 * zero-terminated text and its length in *units, or NULL when there is no memory. Widths and
 * precisions count bytes of UTF-8.
 */
WCHAR *nt_format_wide(const WCHAR *format, va_list arguments, size_t *units);

#endif
