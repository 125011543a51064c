/* Completions that fail, or come late. See injected.h. */
#include "framework/io/injected.h"

#include <string.h>

#include "framework/io/iodevice.h"
#include "framework/io/request.h"
#include "nt/status.h"
#include "port/clock.h"
#include "port/log.h"

static const struct {
    int type;
    const char *name;
} types[] = {
    {IO_TYPE_ANY, "any"},
    {WdfRequestTypeRead, "read"},
    {WdfRequestTypeWrite, "write"},
    {WdfRequestTypeCreate, "create"},
    {WdfRequestTypeDeviceControl, "control"},
    {WdfRequestTypeDeviceControlInternal, "internal control"},
};

const char *inspect_type_name(int type)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(types); i++) {
        if (types[i].type == type)
            return types[i].name;
    }
    return "?";
}

bool inspect_type_from_name(const char *name, int *type)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(types); i++) {
        *type = types[i].type;
        if (name == NULL || strcmp(types[i].name, name) == 0)
            return true;
    }
    return false;
}

void inspect_inject(struct io_device *device, const struct inspect_injection *injection)
{
    IO_LOCK_SCOPE(device->domain);
    device->injected.what = *injection;
    device->injected.serial++;
    io_changed_locked(device);
    device->injected.is_armed = injection->failing > 0;
}

bool inspect_injected(struct io_device *device, struct inspect_injection *injection)
{
    IO_LOCK_SCOPE(device->domain);
    *injection = device->injected.what;
    return device->injected.is_armed;
}

/* Whether this completion is one of those. */
static bool take(struct wdf_request *request, struct inspect_injection *taken, unsigned *serial)
{
    struct injected *injected = &request->device->injected;
    struct inspect_injection *what = &injected->what;
    IO_LOCK_SCOPE(request->device->domain);
    if (!injected->is_armed || (what->type != IO_TYPE_ANY && what->type != (int)request->io.type))
        return false;
    if (what->passing > 0) {
        what->passing--;
        return false;
    }
    *taken = *what;
    *serial = injected->serial;
    injected->is_armed = --what->failing > 0;
    return true;
}

/* Less, if nobody waits for the request any more: its client has given up, the device is removed,
 * or something else is injected. */
static void be_late(struct wdf_request *request, unsigned milliseconds, unsigned serial)
{
    struct io_device *device = request->device;
    struct io_domain *domain = device->domain;
    uint64_t deadline = port_clock_deadline((uint64_t)milliseconds * 1000000);
    IO_LOCK_SCOPE(domain);
    domain->io_waiters++;
    while (!request->is_cancelled && !io_device_is_closing_locked(device) &&
           device->injected.serial == serial &&
           port_condition_wait_until(&domain->io_changed, &domain->io_lock, deadline))
        ;
    domain->io_waiters--;
}

void injected_apply(struct wdf_request *request, NTSTATUS *status, size_t *information)
{
    struct inspect_injection taken = {0};
    unsigned serial = 0;
    if (!take(request, &taken, &serial))
        return;
    if (NT_SUCCESS(taken.status))
        log_warning("injected: the completion of WDFREQUEST %p comes %u ms late",
                    (void *)&request->object, taken.delay_ms);
    else
        log_warning("injected: WDFREQUEST %p is completed with %s after %u ms, not with 0x%08X",
                    (void *)&request->object, nt_status_name(taken.status), taken.delay_ms,
                    (unsigned)*status);
    if (taken.delay_ms > 0)
        be_late(request, taken.delay_ms, serial);
    if (!NT_SUCCESS(taken.status)) {
        *status = taken.status;
        *information = 0;
    }
}
