/* The stack. See stack.h. */
#include "inf/stack.h"

#include "inf/name.h"

/* The service that loads UMDF drivers on Windows: here it stands for them. */
#define REFLECTOR "WUDFRd"

struct building {
    struct inf *inf;
    struct inf_install *install;
    struct inf_place place; /* of the model */
    bool has_reflector;     /* the UMDF drivers are in the stack */
};

static bool push(struct building *building, enum inf_role role, const char *service,
                 const char *module, bool is_umdf)
{
    struct inf_install *install = building->install;
    if (module == NULL)
        return building->inf->arena.error == 0; /* that has been complained of */
    install->stack[install->stack_count++] =
        (struct inf_driver){.role = role, .service = service, .module = module, .is_umdf = is_umdf};
    return true;
}

/* All UMDF drivers take the place of the reflector. */
static bool push_umdf(struct building *building, enum inf_role role)
{
    const struct inf_wdf *wdf = &building->install->wdf;
    if (building->has_reflector)
        return true;
    building->has_reflector = true;
    for (unsigned i = 0; i < wdf->order_count; i++) {
        if (!push(building, role, wdf->order[i]->name, wdf->order[i]->module, true))
            return false;
    }
    return true;
}

/* A filter may be the service of another INF: then its module has its name. */
static bool push_service(struct building *building, enum inf_role role, const char *name)
{
    const struct inf_service *service = inf_services_find(&building->install->services, name);
    if (name_is(name, REFLECTOR))
        return push_umdf(building, role);
    if (service == NULL)
        return push(building, role, name, inf_module(building->inf, name, building->place), false);
    if (service->is_disabled)
        inf_complain(building->inf, INF_WARNING, service->place,
                     "the service %s is disabled (StartType 4): it is not loaded", name);
    return service->is_disabled || push(building, role, service->name, service->module, false);
}

static bool push_list(struct building *building, enum inf_role role,
                      const struct inf_filter_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (!push_service(building, role, list->services[i]))
            return false;
    }
    return true;
}

static bool push_function(struct building *building)
{
    const struct inf_install *install = building->install;
    if (install->services.function != NULL)
        return push_service(building, INF_FUNCTION, install->services.function->name);
    return !install->needs.has_function || push_umdf(building, INF_FUNCTION);
}

static bool push_all(struct building *building)
{
    const struct inf_install *install = building->install;
    return push_list(building, INF_LOWER_FILTER, &install->filters.lower) &&
           push_list(building, INF_LOWER_FILTER, &install->class_filters.lower) &&
           (!install->needs.has_lower_filter || push_umdf(building, INF_LOWER_FILTER)) &&
           push_function(building) &&
           push_list(building, INF_UPPER_FILTER, &install->filters.upper) &&
           (!install->needs.has_upper_filter || push_umdf(building, INF_UPPER_FILTER)) &&
           push_list(building, INF_UPPER_FILTER, &install->class_filters.upper);
}

/* Without the reflector its drivers are in no stack (S20.41). */
static void check_umdf(struct building *building)
{
    const struct inf_install *install = building->install;
    const struct inf_wdf_service *service = install->wdf.first;
    while (service != NULL && !service->is_umdf)
        service = service->next;
    if (service == NULL || building->has_reflector || install->needs.has_unknown)
        return;
    inf_complain(building->inf, INF_ERROR, service->place,
                 "nothing loads the UMDF driver %s: the section .Services adds WUDFRd, or needs "
                 "WUDFRD.NT.Services",
                 service->name);
}

/* Kernel drivers above one of user mode are its clients (S20.38). */
static void check_clients(struct building *building)
{
    const struct inf_install *install = building->install;
    bool is_above = false;
    if (install->wdf.umdf[INF_UMDF_KERNEL_MODE_CLIENT_POLICY] == INF_KERNEL_CLIENT_ALLOW)
        return;
    for (unsigned i = 0; i < install->stack_count; i++) {
        const struct inf_driver *driver = &install->stack[i];
        if (is_above && !driver->is_umdf)
            inf_complain(building->inf, INF_WARNING, install->model->line->place,
                         "%s stands above a UMDF driver, which wants UmdfKernelModeClientPolicy = "
                         "AllowKernelModeClients",
                         driver->service);
        is_above = is_above || driver->is_umdf;
    }
}

bool inf_stack_build(struct inf *inf, struct inf_install *install)
{
    struct building building = {
        .inf = inf, .install = install, .place = install->model->line->place};
    unsigned most = install->filters.lower.count + install->filters.upper.count +
                    install->class_filters.lower.count + install->class_filters.upper.count +
                    install->wdf.order_count + 1;
    install->stack = arena_allocate(&inf->arena, most * sizeof(*install->stack));
    if (install->stack == NULL || !push_all(&building))
        return false;
    check_umdf(&building);
    check_clients(&building);
    return true;
}
