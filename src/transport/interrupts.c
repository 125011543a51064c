/* Requests by the kernel's number. See interrupts.h. */
#include "transport/interrupts.h"

#include <stddef.h>

void interrupts_init(struct interrupts *interrupts)
{
    port_lock_is_not_needed(interrupts_lock);
    for (unsigned i = 0; i < INTERRUPTS_ROWS; i++) {
        port_mutex_init(&interrupts->rows[i].interrupts_lock);
        interrupts->rows[i].first = NULL;
        interrupts->rows[i].early = 0;
    }
}

void interrupts_destroy(struct interrupts *interrupts)
{
    for (unsigned i = 0; i < INTERRUPTS_ROWS; i++)
        port_mutex_destroy(&interrupts->rows[i].interrupts_lock);
}

static struct interrupts_row *row_of(struct interrupts *interrupts, uint64_t unique)
{
    return &interrupts->rows[unique / 2 % INTERRUPTS_ROWS];
}

bool interrupts_add(struct interrupts *interrupts, struct interruptible *request)
{
    struct interrupts_row *row = row_of(interrupts, request->unique);
    PORT_LOCK_SCOPE_OF(row, interrupts_lock);
    request->next = row->first;
    row->first = request;
    return row->early == request->unique;
}

void interrupts_remove(struct interrupts *interrupts, struct interruptible *request)
{
    struct interrupts_row *row = row_of(interrupts, request->unique);
    PORT_LOCK_SCOPE_OF(row, interrupts_lock);
    struct interruptible **link = &row->first;
    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
}

struct interruptible *interrupts_find(struct interrupts *interrupts, uint64_t unique,
                                      void (*keep)(struct interruptible *request),
                                      uint64_t *displaced)
{
    struct interrupts_row *row = row_of(interrupts, unique);
    *displaced = 0;
    PORT_LOCK_SCOPE_OF(row, interrupts_lock);
    for (struct interruptible *request = row->first; request != NULL; request = request->next) {
        if (request->unique == unique) {
            keep(request);
            return request;
        }
    }
    if (row->early != unique)
        *displaced = row->early;
    row->early = unique;
    return NULL;
}
