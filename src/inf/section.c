/* Install sections. See section.h. */
#include "inf/section.h"

#include <string.h>

#include "inf/name.h"

/* ---- by their names ---- */

static const char *named(struct inf *inf, const char *format, const char *name, const char *end)
{
    const char *text = arena_print(&inf->arena, format, name, end);
    struct inf_section *section = text != NULL ? inf_section(inf, text) : NULL;
    return section != NULL ? section->name : NULL;
}

const char *inf_install_section(struct inf *inf, const char *name)
{
    const char *found = named(inf, "%s.NT%s", name, inf->system.architecture);
    if (found == NULL)
        found = named(inf, "%s.NT%s", name, "");
    return found != NULL ? found : named(inf, "%s%s", name, "");
}

/* Whether "X.other.Services" has an install section "X.other" of its own: then it is for another
 * system, and not a mistake. */
static bool is_of_another(struct inf *inf, const struct inf_section *section, size_t base_length)
{
    const char *base = arena_text(&inf->arena, section->name, base_length);
    return base != NULL && inf_look_for(inf, base) != NULL;
}

/* X.Services or X.NTamd64.Services, where X.NT.Services would be the one (S20.18). */
static void warn_of_others(struct inf *inf, const char *base, const char *undecorated,
                           const char *suffix)
{
    size_t start = strlen(undecorated), end = strlen(suffix);
    for (struct inf_section *section = inf->sections; section != NULL; section = section->next) {
        size_t length = strlen(section->name);
        if (length < start + end || !name_begins(section->name, undecorated, start) ||
            !name_is(section->name + length - end, suffix))
            continue;
        const char *decoration = section->name + start;
        bool is_undecorated = length == start + end;
        if (!is_undecorated && !name_begins(decoration, ".NT", 3))
            continue;
        if (is_of_another(inf, section, length - end))
            continue;
        inf_complain(inf, INF_WARNING, section->place,
                     "[%s] is not used: the install section is [%s], so that it would be [%s%s]",
                     section->name, base, base, suffix);
    }
}

struct inf_section *inf_part(struct inf *inf, const char *base, const char *undecorated,
                             const char *suffix)
{
    const char *name = arena_print(&inf->arena, "%s%s", base, suffix);
    struct inf_section *section = name != NULL ? inf_section(inf, name) : NULL;
    if (section == NULL && name != NULL)
        warn_of_others(inf, base, undecorated, suffix);
    return section;
}

/* ---- Include and Needs ---- */

/* The sections of Windows' own files that mean something here: those of wudfrd.inf. */
static bool is_built_in(const char *name, struct inf_needs *needs)
{
    if (!name_begins(name, "WUDFRD", 6))
        return false;
    if (name_is(name, "WUDFRD.NT.Services"))
        needs->has_function = true;
    if (name_is(name, "WUDFRD.NT.Filters") || name_is(name, "WUDFRD_UpperFilter.NT.Filters"))
        needs->has_upper_filter = true;
    if (name_is(name, "WUDFRD_LowerFilter.NT.Filters"))
        needs->has_lower_filter = true;
    return true;
}

static bool visit_section(const struct inf_section *section, bool is_needed, inf_visit *visit,
                          void *context)
{
    for (const struct inf_line *line = section->lines; line != NULL; line = line->next) {
        if (!visit(context, line, is_needed))
            return false;
    }
    return true;
}

static bool visit_needed(struct inf *inf, const struct inf_line *line, struct inf_needs *needs,
                         inf_visit *visit, void *context)
{
    for (unsigned i = 0; i < line->field_count; i++) {
        const char *name = inf_text(line, i);
        if (needs->count++ == INF_NEEDS_MAX) {
            inf_complain(inf, INF_ERROR, inf_place(line, i), "more than %d needed sections",
                         INF_NEEDS_MAX);
            return true;
        }
        if (needs->count > INF_NEEDS_MAX)
            return true;
        const struct inf_section *section = inf_section(inf, name);
        if (section != NULL) {
            if (!visit_section(section, true, visit, context))
                return false;
        } else if (!is_built_in(name, needs)) {
            needs->has_unknown = true;
            inf_complain(inf, INF_NOTE, inf_place(line, i),
                         "there is no [%s] on Linux: what it would bring is left out", name);
        }
    }
    return true;
}

bool inf_visit_lines(struct inf *inf, const struct inf_section *section, struct inf_needs *needs,
                     inf_visit *visit, void *context)
{
    if (section == NULL)
        return true;
    if (!visit_section(section, false, visit, context))
        return false;
    for (const struct inf_line *line = inf_find(section, "Needs"); line != NULL;
         line = inf_find_next(line, "Needs")) {
        if (!visit_needed(inf, line, needs, visit, context))
            return false;
    }
    return true;
}
