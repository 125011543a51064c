/*
 * The install section of a model and those that belong to it: decorations, Include and Needs
 * (S20.17 to S20.19).
 */
#ifndef WDFUSE_INF_SECTION_H
#define WDFUSE_INF_SECTION_H

#include "inf/inf.h"

/* Our own limit: sections that are needed for one device. */
#define INF_NEEDS_MAX 256

/* What Needs can ask for besides sections of this file. */
struct inf_needs {
    unsigned count;
    /* Of wudfrd.inf: the UMDF drivers of .Wdf are loaded, as one of these. */
    bool has_function, has_lower_filter, has_upper_filter;
    /* Something that Linux does not have, with unknown contents. */
    bool has_unknown;
};

/* X.NTarch, X.NT or X, the first that is there, by its own name; NULL: none is, or no memory. */
const char *inf_install_section(struct inf *inf, const char *name);

/*
 * "X.NT.Services" for X.NT and ".Services". If it is missing, but one that might have been meant
 * exists (S20.18), that is a complaint. NULL: there is none, or no memory.
 */
struct inf_section *inf_part(struct inf *inf, const char *base, const char *undecorated,
                             const char *suffix);

/*
 * Calls `visit` for each line of the section, then for those of the sections that it needs. A visit
 * that returns false ends it: there is no memory. NULL for the section is fine.
 */
typedef bool inf_visit(void *context, const struct inf_line *line, bool is_needed);
bool inf_visit_lines(struct inf *inf, const struct inf_section *section, struct inf_needs *needs,
                     inf_visit *visit, void *context);

#endif
