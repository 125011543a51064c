/*
 * Fuzzing INFs (src/inf): the input is the file. Any file is read or rejected; what was read can be
 * shown, and is consistent.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inf/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void check_complaints(const struct inf *inf)
{
    struct inf_place last = {0};
    unsigned count = 0;
    for (const struct inf_complaint *one = inf->complaints; one != NULL; one = one->next) {
        require(one->place.line > last.line ||
                (one->place.line == last.line && one->place.column >= last.column));
        require((one->place.line == 0) == (one->place.column == 0));
        require(strchr(one->text, '\n') == NULL);
        last = one->place;
        count++;
    }
    require(count <= INF_COMPLAINTS_MAX && count <= inf->complaint_count);
    require(inf->error_count <= inf->complaint_count);
}

/* A plain file name, which cannot lead out of a folder. */
static void check_module(const char *module)
{
    size_t length = strlen(module);
    require(length > 3 && strcmp(module + length - 3, ".so") == 0 && module[0] != '.');
}

static void check_install(const struct inf_install *install)
{
    for (unsigned i = 0; i < install->stack_count; i++)
        check_module(install->stack[i].module);
    for (const struct inf_change *change = install->registry.first; change != NULL;
         change = change->next) {
        require(change->type <= INF_REG_LAST);
        require(change->type != INF_REG_SZ || change->kind != INF_SET_VALUE ||
                change->string_count == 1);
        for (unsigned i = 0; i < change->string_count; i++)
            require(change->strings[i] != NULL);
    }
}

static void check_package(const struct inf_package *package)
{
    for (unsigned i = 0; i < package->models.count; i++) {
        const char *id = package->installs[i]->model->ids[0].text;
        const struct inf_device_ids ids = {.hardware = &id, .hardware_count = 1};
        struct inf_rank rank;
        check_install(package->installs[i]);
        require(id[0] == '\0' || inf_package_match(package, &ids, &rank) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct inf_system system = {
        .architecture = "amd64", .major = 10, .build = 99999, .product_type = 1, .today = 20261129};
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "we");
    struct inf *inf;
    struct inf_package package;
    int error = inf_read("fuzz.inf", data, size, &system, &inf);
    require(error == 0 || error == -EFBIG || error == -ENOMEM);
    if (error != 0)
        return 0;
    error = inf_package_read(inf, &package);
    require(error == 0 || error == -EFBIG || error == -ENOMEM);
    check_complaints(inf);
    if (error == 0) {
        check_package(&package);
        inf_show(&package, nowhere);
        inf_show_complaints(inf, nowhere);
    }
    inf_close(inf);
    return 0;
}
