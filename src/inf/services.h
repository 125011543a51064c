/* The services of a device: AddService and what it names (S20.30-S20.33). */
#ifndef WDFUSE_INF_SERVICES_H
#define WDFUSE_INF_SERVICES_H

#include "inf/inf.h"
#include "inf/registry.h"
#include "inf/section.h"

/* Our own limit, for one device. */
#define INF_SERVICES_MAX 256

struct inf_service {
    struct inf_service *next;
    const char *name;
    const char *display; /* "" if it is not said */
    const char *binary;  /* as written, "%13%\echo.sys"; "" if it is not said */
    const char *module;  /* the file that it is here, "echo.so"; NULL: none */
    bool is_function;    /* the function driver (flag 2) */
    bool is_disabled;    /* StartType 4: it is not loaded */
    struct inf_place place;
};

struct inf_services {
    struct inf_service *first, **end;
    unsigned count;
    const struct inf_service *function; /* NULL: none */
    bool is_null;                       /* AddService = ,2: a device without a function driver */
};

/*
 * Reads X.Services, and adds what the services write into the registry. `needs` may already know
 * that a service comes with a file of Windows. False: no memory.
 */
bool inf_services_read(struct inf *inf, const struct inf_section *section, struct inf_needs *needs,
                       struct inf_services *services, struct inf_registry *registry);

/* The service of that name; NULL: there is none. */
const struct inf_service *inf_services_find(const struct inf_services *services, const char *name);

/*
 * The module of a binary's path (S20.32): its file name with "so" for "sys" or "dll". One that
 * would leave the package's folder is an error. NULL: there is none, or no memory.
 */
const char *inf_module(struct inf *inf, const char *binary, struct inf_place place);

#endif
