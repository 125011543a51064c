/* Drivers that are loaded, and whose code calls. See driver.h. */
#include "nt/driver.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "nt/pool.h"
#include "nt/utf.h"

/*
 * Written by the thread that loads and unloads, read by any. A thread that finds an address in a
 * file calls from there, so this driver stays; what happens to the others meanwhile does not
 * matter.
 */
static struct loaded {
    _Atomic(uintptr_t) begin; /* written last; 0: the place is free */
    _Atomic(uintptr_t) end;
    _Atomic(uint64_t) serial;
    _Atomic(struct nt_driver *) driver;
} loaded[NT_DRIVERS_MAX];

struct port_mutex nt_drivers_lock = PORT_MUTEX_INITIALIZER;
static _Atomic(unsigned) places_used; /* up to the last that ever had a driver */
static unsigned count GUARDED_BY(nt_drivers_lock);
static uint64_t serials GUARDED_BY(nt_drivers_lock);
static struct nt_driver *(*_Atomic driver_of_thread)(void);

_Atomic(struct nt_driver *) nt_driver_only;

/* ---- loading ---- */

struct image {
    uintptr_t code;
    uintptr_t begin;
    uintptr_t end;
};

static int take_range(struct dl_phdr_info *info, size_t size, void *data)
{
    struct image *image = data;
    uintptr_t begin = UINTPTR_MAX, end = 0;
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        begin = start < begin ? start : begin;
        end = start + segment->p_memsz > end ? start + segment->p_memsz : end;
    }
    if (image->code < begin || image->code >= end)
        return 0;
    image->begin = begin;
    image->end = end;
    return 1;
}

static void find_image(struct nt_driver *driver, const void *code)
{
    struct image image = {.code = (uintptr_t)code};
    dl_iterate_phdr(take_range, &image);
    driver->image_begin = image.begin;
    driver->image_end = image.end;
}

static NTSTATUS make_registry_path(struct nt_driver *driver)
{
    char path[160];
    snprintf(path, sizeof(path), "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\%s",
             driver->name);
    return unicode_string_from_utf8(&driver->registry_path, path) ? STATUS_SUCCESS
                                                                  : STATUS_INSUFFICIENT_RESOURCES;
}

static struct nt_driver *driver_at(unsigned place)
{
    return atomic_load_explicit(&loaded[place].driver, memory_order_acquire);
}

static NTSTATUS find_place_locked(struct nt_driver *driver) REQUIRES(nt_drivers_lock)
{
    unsigned place = NT_DRIVERS_MAX;
    for (unsigned i = NT_DRIVERS_MAX; i-- > 0;) {
        const struct nt_driver *other = driver_at(i);
        if (other == NULL)
            place = i;
        else if (strcasecmp(other->name, driver->name) == 0) /* as names of keys are */
            return STATUS_OBJECT_NAME_COLLISION;
    }
    driver->place = place;
    return place < NT_DRIVERS_MAX ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* For those who do not look at what they find: one driver, and all code is its. */
static void set_only_locked(void) REQUIRES(nt_drivers_lock)
{
    atomic_store_explicit(&nt_driver_only, count == 1 ? nt_driver_next_locked(NULL) : NULL,
                          memory_order_release);
}

/* Found and taken in one: nobody else gets the place, or the name, between. */
static NTSTATUS take_place(struct nt_driver *driver)
{
    PORT_LOCK_SCOPE(&nt_drivers_lock);
    NTSTATUS status = find_place_locked(driver);
    if (!NT_SUCCESS(status))
        return status;
    struct loaded *place = &loaded[driver->place];
    atomic_store(&place->serial, ++serials);
    atomic_store(&place->end, driver->image_end);
    atomic_store(&place->driver, driver);
    atomic_store(&place->begin, driver->image_begin);
    if (driver->place >= places_used)
        places_used = driver->place + 1;
    count++;
    set_only_locked();
    return STATUS_SUCCESS;
}

static void free_parts(struct nt_driver *driver)
{
    if (driver->pool != NULL)
        pool_account_close(driver->pool);
    free(driver->registry_path.Buffer);
}

NTSTATUS nt_driver_enter(struct nt_driver *driver, const char *name, const void *code)
{
    snprintf(driver->name, sizeof(driver->name), "%s", name);
    NTSTATUS status = make_registry_path(driver);
    if (!NT_SUCCESS(status))
        return status;
    driver->pool = pool_account_open();
    find_image(driver, code);
    status = driver->pool != NULL ? take_place(driver) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status))
        free_parts(driver);
    return status;
}

static void give_place_back(const struct nt_driver *driver)
{
    PORT_LOCK_SCOPE(&nt_drivers_lock);
    struct loaded *place = &loaded[driver->place];
    atomic_store(&place->begin, 0);
    atomic_store(&place->driver, NULL);
    count--;
    set_only_locked();
}

void nt_driver_leave(struct nt_driver *driver)
{
    give_place_back(driver);
    free_parts(driver);
}

struct nt_driver *nt_driver_next_locked(const struct nt_driver *previous)
{
    for (unsigned i = previous != NULL ? previous->place + 1 : 0; i < places_used; i++) {
        if (driver_at(i) != NULL)
            return driver_at(i);
    }
    return NULL;
}

struct nt_driver *nt_driver_of_object(const DRIVER_OBJECT *object)
{
    PORT_LOCK_SCOPE(&nt_drivers_lock);
    struct nt_driver *driver = NULL;
    while ((driver = nt_driver_next_locked(driver)) != NULL && &driver->object != object) {
    }
    return driver;
}

/* ---- whose code calls ---- */

void nt_driver_set_thread_driver(struct nt_driver *(*of_thread)(void))
{
    driver_of_thread = of_thread;
}

static bool is_in(const struct loaded *place, uintptr_t address)
{
    uintptr_t begin = atomic_load(&place->begin);
    return begin != 0 && address >= begin && address < atomic_load(&place->end) &&
           atomic_load(&place->begin) == begin;
}

static struct nt_driver *latest_of_image(uintptr_t address)
{
    struct nt_driver *latest = NULL;
    uint64_t latest_serial = 0;
    unsigned places = atomic_load_explicit(&places_used, memory_order_relaxed);
    for (unsigned i = 0; i < places; i++) {
        if (!is_in(&loaded[i], address) || atomic_load(&loaded[i].serial) < latest_serial)
            continue;
        latest = driver_at(i);
        latest_serial = atomic_load(&loaded[i].serial);
    }
    return latest;
}

/* It is linked into the framework. */
static bool is_of_framework(const struct nt_driver *driver)
{
    uintptr_t here = (uintptr_t)nt_driver_search;
    return here >= driver->image_begin && here < driver->image_end;
}

struct nt_driver *nt_driver_search(const void *code)
{
    uintptr_t address = (uintptr_t)code;
    struct nt_driver *(*of_thread)(void) = driver_of_thread;
    struct nt_driver *thread = of_thread != NULL ? of_thread() : NULL;
    if (thread != NULL && address >= thread->image_begin && address < thread->image_end)
        return thread;
    struct nt_driver *latest = latest_of_image(address);
    /* A callback whose last act is the call has left no address of its own: it returns to us. */
    bool is_tail_call = thread != NULL && latest != NULL && is_of_framework(latest);
    return latest != NULL && !is_tail_call ? latest : thread;
}
