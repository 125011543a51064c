/* Messages about an INF. See complaint.h. */
#include "inf/complaint.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "inf/inf.h"

/* Names in it may be long, and are cut. */
#define TEXT_SIZE 400

static bool is_before(const struct inf_place *one, const struct inf_place *other)
{
    return one->line < other->line || (one->line == other->line && one->column < other->column);
}

static bool is_the_same(const struct inf_complaint *complaint, enum inf_severity severity,
                        struct inf_place place, const char *text)
{
    bool is_here = complaint->place.line == place.line && complaint->place.column == place.column;
    return (is_here || severity == INF_NOTE) && strcmp(complaint->text, text) == 0;
}

static bool is_said(const struct inf *inf, enum inf_severity severity, struct inf_place place,
                    const char *text)
{
    const struct inf_complaint *complaint = inf->complaints;
    while (complaint != NULL && !is_the_same(complaint, severity, place, text))
        complaint = complaint->next;
    return complaint != NULL;
}

/* Its position, in the order of places. */
static struct inf_complaint **find_place(struct inf *inf, const struct inf_place *place)
{
    struct inf_complaint **link = &inf->complaints;
    while (*link != NULL && !is_before(place, &(*link)->place))
        link = &(*link)->next;
    return link;
}

/* Whatever the file contains, complaints are lines of text. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < ' ' || byte == 0x7f)
            *text = '?';
    }
}

static void keep(struct inf *inf, enum inf_severity severity, struct inf_place place,
                 const char *text)
{
    if (is_said(inf, severity, place, text))
        return;
    inf->complaint_count++;
    inf->error_count += severity == INF_ERROR;
    if (inf->complaint_count > INF_COMPLAINTS_MAX)
        return;
    struct inf_complaint *complaint = arena_allocate(&inf->arena, sizeof(*complaint));
    char *copy = arena_text(&inf->arena, text, strlen(text));
    if (complaint == NULL || copy == NULL)
        return; /* the arena's error says more */
    struct inf_complaint **link = find_place(inf, &place);
    *complaint =
        (struct inf_complaint){.next = *link, .severity = severity, .place = place, .text = copy};
    *link = complaint;
}

void inf_complain(struct inf *inf, enum inf_severity severity, struct inf_place place,
                  const char *format, ...)
{
    char text[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    make_printable(text);
    keep(inf, severity, place, text);
}

const char *inf_severity_name(enum inf_severity severity)
{
    static const char *const names[] = {"error", "warning", "note"};
    return names[severity];
}
