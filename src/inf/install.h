/*
 * What an INF means for one device: all results of installing it, in the order of S20.46.
 */
#ifndef WDFUSE_INF_INSTALL_H
#define WDFUSE_INF_INSTALL_H

#include "inf/filters.h"
#include "inf/models.h"
#include "inf/registry.h"
#include "inf/services.h"
#include "inf/wdf.h"

enum inf_role { INF_LOWER_FILTER, INF_FUNCTION, INF_UPPER_FILTER };

/* A driver of the device's stack. */
struct inf_driver {
    enum inf_role role;
    const char *service;
    const char *module; /* "echo.so" */
    bool is_umdf;       /* as the INF says */
};

/* What .HW says of the device itself (S20.28). */
struct inf_device {
    const char *security; /* SDDL; NULL: nothing */
    bool has_type;
    unsigned long type;
    unsigned long characteristics;
    bool is_exclusive;
};

struct inf_interface {
    struct inf_interface *next;
    const char *guid, *reference;
};

struct inf_install {
    const struct inf_model *model;
    const char *section; /* "Echo_Device.NT" */
    unsigned feature_score;
    struct inf_registry registry;
    struct inf_services services;
    struct inf_wdf wdf;
    struct inf_filters filters, class_filters;
    struct inf_device device;
    struct inf_interface *interfaces, **interfaces_end;
    unsigned interface_count;
    struct inf_needs needs;
    /* The lowest first, without disabled services. */
    struct inf_driver *stack;
    unsigned stack_count;
};

/*
 * For a model. Faults become complaints; *result is as complete as possible all the same.
 * Returns 0, or the arena's error.
 */
int inf_install_read(struct inf *inf, const struct inf_version *version,
                     const struct inf_model *model, struct inf_install **result);

#endif
