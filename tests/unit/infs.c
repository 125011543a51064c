/* INFs for tests. See infs.h. */
#include "infs.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

const struct inf_system infs_system = {.architecture = "amd64",
                                       .major = 10,
                                       .minor = 0,
                                       .build = 99999,
                                       .product_type = 1,
                                       .today = 20261129};

static struct inf *last;

struct inf *infs_read_bytes(const char *path, const void *bytes, size_t size)
{
    infs_end();
    ck_assert_int_eq(inf_read(path, bytes, size, &infs_system, &last), 0);
    return last;
}

struct inf *infs_read(const char *text)
{
    return infs_read_bytes("test.inf", text, strlen(text));
}

void infs_end(void)
{
    inf_close(last);
    last = NULL;
}

const char *infs_field(const struct inf *inf, const char *section, unsigned line, int index)
{
    const struct inf_section *found = inf_look_for(inf, section);
    ck_assert_msg(found != NULL, "there is no section %s", section);
    const struct inf_line *at = found->lines;
    for (; line > 0 && at != NULL; line--)
        at = at->next;
    ck_assert_msg(at != NULL, "%s has no such line", section);
    if (index < 0)
        return at->has_key ? at->key.text : "(no key)";
    return (unsigned)index < at->field_count ? at->fields[index].text : "(no field)";
}

static const char *written(const struct inf *inf)
{
    static char text[16384];
    size_t used = 0;
    text[0] = '\0';
    for (const struct inf_complaint *complaint = inf->complaints; complaint != NULL;
         complaint = complaint->next) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%u:%u: %s: %s\n",
                                 complaint->place.line, complaint->place.column,
                                 inf_severity_name(complaint->severity), complaint->text);
        ck_assert_uint_lt(used, sizeof(text));
    }
    return text;
}

void infs_expect(const struct inf *inf, const char *complaints)
{
    ck_assert_str_eq(written(inf), complaints);
}

void infs_expect_one(const struct inf *inf, const char *complaint)
{
    const char *all = written(inf);
    size_t length = strlen(complaint);
    for (const char *line = all; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, complaint, length) == 0 && line[length] == '\n')
            return;
    }
    ck_abort_msg("'%s' is not said; said is:\n%s", complaint, all);
}

struct inf_package *infs_package(const char *text)
{
    static struct inf_package package;
    ck_assert_int_eq(inf_package_read(infs_read(text), &package), 0);
    return &package;
}

void infs_expect_stack(const struct inf_package *package, const char *modules)
{
    char text[1024] = "";
    ck_assert_uint_gt(package->models.count, 0);
    const struct inf_install *install = package->installs[0];
    for (unsigned i = 0; i < install->stack_count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%s", i == 0 ? "" : " ",
                 install->stack[i].module);
    }
    ck_assert_str_eq(text, modules);
}
