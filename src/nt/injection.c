/* Allocations that fail on demand. See injection.h. */
#include "nt/injection.h"

#include <stdio.h>
#include <string.h>

#include "port/log.h"
#include "port/thread.h"

/* A leaf. */
static struct port_mutex injections_lock = PORT_MUTEX_INITIALIZER;
/* Those with an empty kind are free. */
static struct injection all[INJECTIONS_MAX] GUARDED_BY(injections_lock);
atomic_bool injection_is_armed; /* one is not free; written with the lock */

static struct injection *find_locked(const char *kind) REQUIRES(injections_lock)
{
    for (unsigned i = 0; i < INJECTIONS_MAX; i++) {
        if (strcmp(all[i].kind, kind) == 0)
            return &all[i];
    }
    return NULL;
}

static void count_armed_locked(void) REQUIRES(injections_lock)
{
    bool is_armed = false;
    for (unsigned i = 0; i < INJECTIONS_MAX; i++)
        is_armed |= all[i].kind[0] != '\0';
    injection_is_armed = is_armed;
}

bool injection_arm(const char *kind, unsigned nth, unsigned count)
{
    if (kind[0] == '\0' || strlen(kind) >= sizeof(all[0].kind) || nth == 0)
        return false;
    PORT_LOCK_SCOPE(&injections_lock);
    struct injection *injection = find_locked(kind);
    if (injection == NULL)
        injection = find_locked("");
    if (injection == NULL)
        return false;
    *injection = (struct injection){.passing = nth - 1, .failing = count};
    if (count > 0)
        snprintf(injection->kind, sizeof(injection->kind), "%s", kind);
    count_armed_locked();
    return true;
}

unsigned injection_copy(struct injection injections[INJECTIONS_MAX])
{
    PORT_LOCK_SCOPE(&injections_lock);
    unsigned count = 0;
    for (unsigned i = 0; i < INJECTIONS_MAX; i++) {
        if (all[i].kind[0] != '\0')
            injections[count++] = all[i];
    }
    return count;
}

static bool take_locked(const char *kind) REQUIRES(injections_lock)
{
    struct injection *injection = find_locked(kind);
    if (injection == NULL)
        return false;
    if (injection->passing > 0) {
        injection->passing--;
        return false;
    }
    if (--injection->failing == 0)
        injection->kind[0] = '\0';
    count_armed_locked();
    return true;
}

bool injection_take(const char *kind)
{
    port_mutex_lock(&injections_lock);
    bool is_taken = take_locked(kind);
    port_mutex_unlock(&injections_lock);
    if (is_taken)
        log_warning("injected: an allocation fails (%s)", kind);
    return is_taken;
}
