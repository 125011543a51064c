/* The section .Wdf: which framework the drivers are written for, and how UMDF drivers are hosted
 * (S20.36-S20.41). */
#ifndef WDFUSE_INF_WDF_H
#define WDFUSE_INF_WDF_H

#include "inf/inf.h"
#include "inf/section.h"
#include "inf/services.h"

/* The directives for all UMDF drivers of a device, in the order of their table. */
enum inf_umdf_directive {
    INF_UMDF_METHOD_NEITHER_ACTION,
    INF_UMDF_FILE_OBJECT_POLICY,
    INF_UMDF_FS_CONTEXT_USE_POLICY,
    INF_UMDF_KERNEL_MODE_CLIENT_POLICY,
    INF_UMDF_DIRECT_HARDWARE_ACCESS,
    INF_UMDF_REGISTER_ACCESS_MODE,
    INF_UMDF_HOST_PROCESS_SHARING,
    INF_UMDF_DISPATCHER,
    INF_UMDF_IMPERSONATION_LEVEL,
    INF_UMDF_HOST_PRIORITY,
    INF_UMDF_DIRECTIVES,
};

/* Their values, where they are used. */
enum { INF_NEITHER_COPY, INF_NEITHER_REJECT };
enum { INF_FILE_OBJECT_ALLOW, INF_FILE_OBJECT_REJECT };
enum { INF_KERNEL_CLIENT_ALLOW, INF_KERNEL_CLIENT_REJECT };
enum { INF_PROCESS_SHARED, INF_PROCESS_OWN };
enum { INF_IMPERSONATE_ANONYMOUS, INF_IMPERSONATE_IDENTIFY, INF_IMPERSONATE, INF_DELEGATE };

struct inf_wdf_service {
    struct inf_wdf_service *next;
    const char *name;
    bool is_umdf;
    const char *version; /* "1.33"; "" if it is not said */
    const char *module;  /* of UMDF: "echo.so"; NULL: none */
    struct inf_place place;
};

struct inf_wdf {
    bool is_there;
    struct inf_wdf_service *first, **end;
    unsigned count;
    /* UMDF drivers, the lowest first. */
    const struct inf_wdf_service **order;
    unsigned order_count;
    /* Index of the value in the directive's table; the default for those that are not given. */
    unsigned umdf[INF_UMDF_DIRECTIVES];
    bool is_given[INF_UMDF_DIRECTIVES];
};

/* The services are those of the device, and so is what it needs. False: no memory. */
bool inf_wdf_read(struct inf *inf, const struct inf_section *section,
                  const struct inf_services *services, struct inf_needs *needs,
                  struct inf_wdf *wdf);

const char *inf_umdf_directive_name(enum inf_umdf_directive directive);
const char *inf_umdf_value_name(enum inf_umdf_directive directive, unsigned value);

#endif
