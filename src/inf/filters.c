/* Filters. See filters.h. */
#include "inf/filters.h"

#include "inf/name.h"

enum position { LOWER, UPPER, POSITIONS };

static const struct {
    const char *filters, *levels, *default_level, *name;
} names[POSITIONS] = {
    [LOWER] = {"LowerFilters", "LowerFilterLevels", "LowerFilterDefaultLevel", "Lower"},
    [UPPER] = {"UpperFilters", "UpperFilterLevels", "UpperFilterDefaultLevel", "Upper"},
};

/* A filter of AddFilter. */
struct declared {
    const char *service;
    const char *level; /* NULL: it says a position */
    enum position position;
    struct inf_place place;
};

struct reading {
    struct inf *inf;
    struct inf_filters *filters;
    struct declared declared[INF_FILTERS_MAX];
    unsigned declared_count;
};

/* ---- lists ---- */

static bool has(const struct inf_filter_list *list, const char *service)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (name_is(list->services[i], service))
            return true;
    }
    return false;
}

static void append(struct inf *inf, struct inf_filter_list *list, const char *service,
                   struct inf_place place)
{
    if (has(list, service))
        return;
    if (list->count == INF_FILTERS_MAX)
        inf_complain(inf, INF_ERROR, place, "more than %d filters", INF_FILTERS_MAX);
    else
        list->services[list->count++] = service;
}

/* ---- registry values ---- */

static bool is_of(const struct inf_change *change, enum inf_key key, const char *name)
{
    return change->kind == INF_SET_VALUE && change->key == key && change->subkey[0] == '\0' &&
           name_is(change->name, name);
}

/* Without APPEND, the filters of others go (S20.29). */
static void take_value(struct inf *inf, const struct inf_change *change, const char *name,
                       struct inf_filter_list *list)
{
    if (change->type != INF_REG_MULTI_SZ && change->type != INF_REG_SZ) {
        inf_complain(inf, INF_WARNING, change->place, "%s is a REG_MULTI_SZ: flags 0x00010008",
                     name);
        return;
    }
    if (change->type == INF_REG_SZ)
        inf_complain(inf, INF_WARNING, change->place,
                     "%s is a REG_MULTI_SZ: flags 0x00010008; it is taken for one filter", name);
    if (!change->appends) {
        inf_complain(inf, list->count > 0 ? INF_WARNING : INF_NOTE, change->place,
                     "%s without the flag APPEND (0x00010008) replaces the filters that are there",
                     name);
        list->count = 0;
    }
    for (unsigned i = 0; i < change->string_count; i++) {
        if (change->strings[i][0] != '\0')
            append(inf, list, change->strings[i], change->place);
    }
}

static void take_values(struct inf *inf, const struct inf_registry *registry, enum inf_key key,
                        const char *name, struct inf_filter_list *list)
{
    for (const struct inf_change *change = registry->first; change != NULL; change = change->next) {
        if (is_of(change, key, name))
            take_value(inf, change, name, list);
    }
}

/* ---- AddFilter ---- */

static enum position position_named(const char *text)
{
    unsigned position = 0;
    while (position < POSITIONS && !name_is(names[position].name, text))
        position++;
    return (enum position)position;
}

static void declare(struct reading *reading, const struct inf_line *line,
                    const struct inf_section *section)
{
    const struct inf_line *level = inf_find(section, "FilterLevel");
    const struct inf_line *position = inf_find(section, "FilterPosition");
    struct declared *declared = &reading->declared[reading->declared_count];
    *declared = (struct declared){.service = inf_text(line, 0), .place = inf_place(line, 0)};
    if ((level != NULL) == (position != NULL)) {
        inf_complain(reading->inf, INF_ERROR, section->place,
                     "[%s] says either FilterLevel or FilterPosition", section->name);
        return;
    }
    if (level != NULL) {
        declared->level = inf_text(level, 0);
    } else {
        declared->position = position_named(inf_text(position, 0));
        if (declared->position == POSITIONS) {
            inf_complain(reading->inf, INF_ERROR, inf_place(position, 0),
                         "%s is no FilterPosition: Upper or Lower is", inf_text(position, 0));
            return;
        }
    }
    reading->declared_count++;
}

static bool visit(void *context, const struct inf_line *line, bool is_needed)
{
    struct reading *reading = context;
    (void)is_needed;
    if (!line->has_key || !name_is(line->key.text, "AddFilter"))
        return true;
    const struct inf_section *section = inf_section(reading->inf, inf_text(line, 2));
    if (section == NULL)
        inf_complain(reading->inf, INF_ERROR, inf_place(line, 2),
                     "there is no section [%s] for the filter %s", inf_text(line, 2),
                     inf_text(line, 0));
    else if (reading->declared_count == INF_FILTERS_MAX)
        inf_complain(reading->inf, INF_ERROR, line->place, "more than %d filters", INF_FILTERS_MAX);
    else
        declare(reading, line, section);
    return true;
}

/* ---- levels ---- */

static bool is_level_of(const struct inf_change *levels, const char *level)
{
    for (unsigned i = 0; levels != NULL && i < levels->string_count; i++) {
        if (name_is(levels->strings[i], level))
            return true;
    }
    return false;
}

/* Without levels: filters that give a position come after those of the values. */
static void append_declared(struct reading *reading, enum position position,
                            struct inf_filter_list *list)
{
    for (unsigned i = 0; i < reading->declared_count; i++) {
        const struct declared *declared = &reading->declared[i];
        if (declared->level == NULL && declared->position == position)
            append(reading->inf, list, declared->service, declared->place);
    }
}

static void append_level(struct reading *reading, const char *level, struct inf_filter_list *list)
{
    for (unsigned i = 0; i < reading->declared_count; i++) {
        const struct declared *declared = &reading->declared[i];
        if (declared->level != NULL && name_is(declared->level, level))
            append(reading->inf, list, declared->service, declared->place);
    }
}

/* In the order of the levels; filters without one belong to the default level. */
static void sort_by_level(struct reading *reading, const struct inf_registry *registry,
                          enum inf_key key, enum position position, const struct inf_change *levels,
                          struct inf_filter_list *list)
{
    const struct inf_change *fallback =
        inf_registry_value(registry, key, names[position].default_level);
    const char *default_level =
        fallback != NULL && fallback->string_count > 0 ? fallback->strings[0] : "";
    const struct inf_filter_list without = *list;
    if (!is_level_of(levels, default_level))
        inf_complain(reading->inf, INF_WARNING, levels->place,
                     "%s is none of these levels: filters without a level are left out",
                     names[position].default_level);
    list->count = 0;
    for (unsigned i = 0; i < levels->string_count; i++) {
        append_level(reading, levels->strings[i], list);
        if (!name_is(levels->strings[i], default_level))
            continue;
        for (unsigned j = 0; j < without.count; j++)
            append(reading->inf, list, without.services[j], levels->place);
        append_declared(reading, position, list);
    }
}

static void warn_of_unknown_levels(const struct reading *reading,
                                   const struct inf_change *const levels[POSITIONS])
{
    for (unsigned i = 0; i < reading->declared_count; i++) {
        const struct declared *declared = &reading->declared[i];
        if (declared->level == NULL || is_level_of(levels[LOWER], declared->level) ||
            is_level_of(levels[UPPER], declared->level))
            continue;
        inf_complain(reading->inf, INF_NOTE, declared->place,
                     "this INF has no filter level %s: the filter %s is left out", declared->level,
                     declared->service);
    }
}

bool inf_filters_read(struct inf *inf, const struct inf_registry *registry, enum inf_key key,
                      const struct inf_section *section, struct inf_needs *needs,
                      struct inf_filters *filters)
{
    const struct inf_change *levels[POSITIONS];
    struct inf_filter_list *lists[POSITIONS] = {&filters->lower, &filters->upper};
    struct reading *reading = arena_allocate(&inf->arena, sizeof(*reading));
    if (reading == NULL)
        return false;
    *filters = (struct inf_filters){0};
    reading->inf = inf;
    reading->filters = filters;
    if (!inf_visit_lines(inf, section, needs, visit, reading))
        return false;
    for (unsigned position = 0; position < POSITIONS; position++) {
        levels[position] = inf_registry_value(registry, key, names[position].levels);
        take_values(inf, registry, key, names[position].filters, lists[position]);
        if (levels[position] != NULL)
            sort_by_level(reading, registry, key, position, levels[position], lists[position]);
        else
            append_declared(reading, position, lists[position]);
    }
    warn_of_unknown_levels(reading, levels);
    return true;
}
