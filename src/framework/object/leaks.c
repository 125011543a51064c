/* What a driver leaves behind. See leaks.h. */
#include "framework/object/leaks.h"

#include <stdio.h>

#include "framework/object/identity.h"
#include "framework/object/object.h"
#include "framework/object/verifier.h"
#include "nt/filetable.h"
#include "nt/pool.h"
#include "port/log.h"

/* More classes than there are; tags beyond that number are not worth a line each. */
#define CLASSES_MAX 40
#define TAGS_MAX    16

/* Of the call, not of what follows it. */
static const char *place_of_call(const void *return_address, char *buffer, unsigned size)
{
    return verifier_place(return_address != NULL ? (const char *)return_address - 1 : NULL, buffer,
                          size);
}

static void report_class(const struct driver *driver, const struct object_left *left)
{
    char text[640];
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < left->count && i < OBJECT_LEFT_PLACES; i++) {
        char creator[96], referencer[96];
        length += (size_t)snprintf(
            text + length, sizeof(text) - length, "%screated by %s, last referenced by %s",
            i > 0 ? "; " : "", place_of_call(left->creators[i], creator, sizeof(creator)),
            place_of_call(left->referencers[i], referencer, sizeof(referencer)));
    }
    log_warning("driver %s is unloaded and leaves %u %s with references (S13.18): %s%s",
                driver_name(driver), left->count, left->class, text,
                left->count > OBJECT_LEFT_PLACES ? "; ..." : "");
}

static void report_tag(const struct driver *driver, const struct pool_tag_usage *usage)
{
    char place[320];
    log_warning(
        "driver %s is unloaded and leaves %zu pool blocks (%zu bytes) with tag '%s' (S13.18): the first was "
        "allocated by %s",
        driver_name(driver), usage->blocks, usage->bytes, usage->tag,
        place_of_call(usage->place, place, sizeof(place)));
}

void leaks_report(struct driver *driver)
{
    struct object_left left[CLASSES_MAX];
    struct pool_tag_usage usage[TAGS_MAX];
    unsigned classes = object_take_left(driver, &driver_unloaded, left, CLASSES_MAX);
    for (unsigned i = 0; i < classes; i++)
        report_class(driver, &left[i]);
    unsigned files = file_close_all(&driver->nt);
    if (files > 0)
        log_warning("driver %s is unloaded and leaves %u files open (S13.18): they are closed now",
                    driver_name(driver), files);
    unsigned tags = pool_usage_by_tag(driver->nt.pool, usage, TAGS_MAX);
    for (unsigned i = 0; i < tags; i++)
        report_tag(driver, &usage[i]);
}
