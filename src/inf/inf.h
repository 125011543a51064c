/*
 * An INF as it is written (S20.1-S20.10): sections of lines of fields, with their places in the
 * file, with strings substituted. Their meaning is handled by the files above this one (README.md).
 *
 * An INF is read once, from one thread, and does not change. Everything in it lives until
 * inf_close. Faults become complaints; only what prevents reading on (no memory, an unreadable
 * file) is an error.
 */
#ifndef WDFUSE_INF_INF_H
#define WDFUSE_INF_INF_H

#include <stdbool.h>
#include <stddef.h>

#include "inf/arena.h"
#include "inf/complaint.h"
#include "inf/system.h"

/* Characters in a field (S20.7), and in a section's name (S20.4). */
#define INF_FIELD_MAX   4096
#define INF_SECTION_MAX 255
/* Our own: fields in a line. */
#define INF_FIELDS_MAX 65536

struct inf_field {
    const char *text; /* without its quotes, with strings substituted; never NULL */
    struct inf_place place;
};

struct inf_line {
    struct inf_line *next; /* of its section */
    struct inf_place place;
    bool has_key;
    struct inf_field key;
    /* Empty ones at the end are left out. */
    unsigned field_count;
    struct inf_field *fields;
};

struct inf_section {
    struct inf_section *next;      /* in the file */
    struct inf_section *same_hash; /* in inf->table */
    struct inf_place place;
    const char *name;
    struct inf_line *lines, **lines_end;
    bool is_used; /* it was looked up */
};

#define INF_TABLE_SIZE 4096

struct inf {
    struct arena arena;
    struct inf_system system;
    const char *path; /* as it was given */
    struct inf_section *sections, **sections_end;
    struct inf_section *table[INF_TABLE_SIZE];
    /* In order of the file, once it is read. */
    struct inf_complaint *complaints;
    unsigned complaint_count;
    unsigned error_count;
};

/* The section of that name, and notes that it is used; NULL: there is none. */
struct inf_section *inf_section(struct inf *inf, const char *name);

/* The same without the note: to find sections that may have been meant. */
const struct inf_section *inf_look_for(const struct inf *inf, const char *name);

/* The first line of the section with that key, or the next one after `line`; NULL: none. */
const struct inf_line *inf_find(const struct inf_section *section, const char *key);
const struct inf_line *inf_find_next(const struct inf_line *line, const char *key);

/* The field's text; "" for one that is not there. */
const char *inf_text(const struct inf_line *line, unsigned index);

/* The place of the field; of a missing one, that of its line. */
struct inf_place inf_place(const struct inf_line *line, unsigned index);

/* The same of the first field of that key. */
const char *inf_value(const struct inf_section *section, const char *key);

/* Decimal, or hexadecimal with 0x, of 32 bits, and nothing else. */
bool inf_number(const char *text, unsigned long *number);

/* How many numbers "1.2.3" has, decimal, up to `most`; 0: it is no such text. */
unsigned inf_numbers(const char *text, unsigned long *numbers, unsigned most);

#endif
