/* The filters of a device, in order: UpperFilters and LowerFilters, AddFilter, levels (S20.28,
 * S20.29, S20.34, S20.35). */
#ifndef WDFUSE_INF_FILTERS_H
#define WDFUSE_INF_FILTERS_H

#include "inf/inf.h"
#include "inf/registry.h"
#include "inf/section.h"
#include "inf/services.h"

/* Our own limit, in each list. */
#define INF_FILTERS_MAX 32

/* Names of services, the lowest first. */
struct inf_filter_list {
    const char *services[INF_FILTERS_MAX];
    unsigned count;
};

struct inf_filters {
    struct inf_filter_list lower, upper;
};

/*
 * The filters that the registry values of that key ask for (INF_KEY_DEVICE, INF_KEY_CLASS), and
 * those of the section X.Filters, which may be NULL. False: no memory.
 */
bool inf_filters_read(struct inf *inf, const struct inf_registry *registry, enum inf_key key,
                      const struct inf_section *section, struct inf_needs *needs,
                      struct inf_filters *filters);

#endif
