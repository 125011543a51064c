/* Which engines there are, and which one is taken. */
#include <err.h>
#include <string.h>

#include "engine.h"

struct engine_entry {
    const char *name;
    const struct engine_type *type; /* NULL: not in this program */
    const char *reason;             /* then, why */
};

/* The best first. */
static const struct engine_entry engines[] = {
#ifdef ECHOAPP_HAS_LIBURING
    {"uring", &uring_engine, NULL},
#else
    {"uring", NULL, "this echoapp was built without liburing; choose threads"},
#endif
    {"threads", &threads_engine, NULL},
    {"poll", &poll_engine, NULL},
};
#define ENGINES (sizeof(engines) / sizeof(engines[0]))

const struct engine_type *engine_named(const char *name, const char **reason)
{
    *reason = "not one of uring, threads, poll";
    for (size_t i = 0; i < ENGINES; i++)
        if (strcmp(engines[i].name, name) == 0) {
            *reason = engines[i].reason;
            return engines[i].type;
        }
    return NULL;
}

/* Behind `type`, or the first (NULL). */
static const struct engine_type *next_best(const struct engine_type *type, bool is_file)
{
    bool is_behind = type == NULL;

    for (size_t i = 0; i < ENGINES; i++) {
        const struct engine_type *candidate = engines[i].type;
        if (is_behind && candidate != NULL && !(is_file && candidate->treats_files_as_files))
            return candidate;
        is_behind = is_behind || candidate == type;
    }
    return NULL;
}

static struct engine *start_best(bool is_file, size_t capacity)
{
    const struct engine_type *type = next_best(NULL, is_file);
    struct engine *engine;
    int result;

    while ((result = type->start(&engine, capacity)) != 0) {
        const struct engine_type *next = next_best(type, is_file);
        if (next == NULL) {
            warnx("cannot start the engine %s: %s; choose a smaller --count", type->name,
                  strerror(-result));
            return NULL;
        }
        warnx("cannot start the engine %s: %s; using %s", type->name, strerror(-result),
              next->name);
        type = next;
    }
    return engine;
}

struct engine *engine_start(const struct engine_type *type, bool is_file, size_t capacity)
{
    struct engine *engine;
    int result;

    if (type == NULL)
        return start_best(is_file, capacity);
    result = type->start(&engine, capacity);
    if (result == 0)
        return engine;
    warnx("cannot start the engine %s: %s; choose another --engine", type->name, strerror(-result));
    return NULL;
}
