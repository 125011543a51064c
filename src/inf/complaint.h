/* Messages about an INF, each with its place in the file. */
#ifndef WDFUSE_INF_COMPLAINT_H
#define WDFUSE_INF_COMPLAINT_H

struct inf;

/* Both count from 1, the column in characters; 0: it is about the whole file. */
struct inf_place {
    unsigned line, column;
};

enum inf_severity {
    INF_ERROR,   /* it can't be installed as it is */
    INF_WARNING, /* it is installed, but maybe not as intended */
    INF_NOTE,    /* what Linux has no counterpart for */
};

struct inf_complaint {
    struct inf_complaint *next;
    enum inf_severity severity;
    struct inf_place place;
    const char *text;
};

/* How many are kept; the others are counted. */
#define INF_COMPLAINTS_MAX 200

/* In order of their places; no message is added twice, and no note's text twice in
 * the file. */
void inf_complain(struct inf *inf, enum inf_severity severity, struct inf_place place,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "error", "warning", "note". */
const char *inf_severity_name(enum inf_severity severity);

#endif
