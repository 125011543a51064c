/*
 * UTF-16, in which NT writes, and UTF-8, in which Linux does. What is not well-formed becomes
 * U+FFFD, never an error: names and messages are shown, not lost.
 */
#ifndef WDFUSE_NT_UTF_H
#define WDFUSE_NT_UTF_H

#include <stdbool.h>
#include <stddef.h>

#include <ntdef.h>

/*
 * Converts `length` UTF-16 units into at most size - 1 bytes and a terminating zero; a character
 * that does not fit whole is left out with all that follow. size 0 writes nothing. Returns the
 * bytes the whole text needs, without the zero.
 */
size_t utf8_from_utf16(char *buffer, size_t size, const WCHAR *text, size_t length);

/*
 * The same the other way: `length` bytes into at most capacity - 1 units and a zero. Returns the
 * units needed.
 */
size_t utf16_from_utf8(WCHAR *buffer, size_t capacity, const char *text, size_t length);

/* A malloc'ed copy in UTF-8, or NULL when there is no memory. */
char *utf8_duplicate(const UNICODE_STRING *text);

/*
 * A malloc'ed, zero-terminated copy in *result. Returns false when there is no memory, or for more
 * than 32766 units.
 */
bool unicode_string_from_utf8(UNICODE_STRING *result, const char *text);

/* What is wrong with a string that a driver has filled in (RtlUnicodeStringValidate); NULL: nothing
 * is. */
const char *unicode_string_problem(const UNICODE_STRING *string);

/* Units before the terminating zero, at most `limit`. wcslen is for the other, wider wchar_t. */
size_t utf16_length(const WCHAR *text, size_t limit);

#endif
