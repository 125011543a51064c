/* Lines of the kernel's table of mounts: which are ours, and what they say. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "transport/mounttable.h"

static struct mount_entry entry;

static bool read_line(const char *text)
{
    char line[2 * PATH_MAX];
    snprintf(line, sizeof(line), "%s", text);
    memset(&entry, 0, sizeof(entry));
    return mount_line_read(line, &entry);
}

START_TEST(a_mount_of_ours_says_where_it_is_and_whose)
{
    ck_assert(
        read_line("41 26 0:38 / /run/echo rw,nosuid,nodev,noexec,relatime shared:7 master:3 - "
                  "fuse.echo wdfuse:1234 rw,user_id=1000,group_id=100,default_permissions"));
    ck_assert_uint_eq(entry.daemon, 1234);
    ck_assert_uint_eq(entry.major, 0);
    ck_assert_uint_eq(entry.minor, 38);
    ck_assert_uint_eq(entry.user, 1000);
    ck_assert_uint_eq(entry.group, 100);
    ck_assert_str_eq(entry.path, "/run/echo");
}
END_TEST

START_TEST(a_path_is_as_it_was_before_the_kernel_escaped_it)
{
    ck_assert(read_line("41 26 0:38 / /a\\040b\\134c\\011d\\012 rw - fuse wdfuse "
                        "rw,user_id=0,group_id=0"));
    ck_assert_str_eq(entry.path, "/a b\\c\td\n");
}
END_TEST

static const char *const foreign[] = {
    "",
    "41",
    "41 26 0:38 / /run/echo rw -",
    "41 26 0:38 / /run/echo rw - fuse.sshfs host: rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw - tmpfs wdfuse rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw - fuseblk wdfuse rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw - fuse wdfuses rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw - fuse wdfuse: rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw - fuse wdfuse:12a rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw - fuse wdfuse rw",
    "41 26 0:38 / /run/echo rw - fuse wdfuse rw,user_id=,group_id=0",
    "41 26 0: / /run/echo rw - fuse wdfuse rw,user_id=0,group_id=0",
    "41 26 99999999999:1 / /run/echo rw - fuse wdfuse rw,user_id=0,group_id=0",
    "41 26 0:38 / run/echo rw - fuse wdfuse rw,user_id=0,group_id=0",
    "41 26 0:38 / /run/echo rw fuse wdfuse rw,user_id=0,group_id=0",
};

START_TEST(other_lines_are_nobodys)
{
    ck_assert_msg(!read_line(foreign[_i]), "'%s'", foreign[_i]);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_nobodys)
{
    char line[2 * PATH_MAX];
    static char path[PATH_MAX + 1];
    memset(path, 'a', PATH_MAX);
    path[0] = '/';
    snprintf(line, sizeof(line), "41 26 0:38 / %s rw - fuse wdfuse rw,user_id=0,group_id=0", path);
    ck_assert(!read_line(line));
    path[PATH_MAX - 1] = '\0';
    snprintf(line, sizeof(line), "41 26 0:38 / %s rw - fuse wdfuse rw,user_id=0,group_id=0", path);
    ck_assert(read_line(line));
    ck_assert_str_eq(entry.path, path);
}
END_TEST

/* Whatever is mounted on this machine, reading the table ends. */
START_TEST(the_table_is_read_to_its_end)
{
    static struct mount_table table;
    ck_assert_int_eq(mount_table_open(&table), 0);
    while (mount_table_next(&table, &entry))
        ck_assert_int_eq(entry.path[0], '/');
    mount_table_close(&table);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mounttable");
    TCase *tests = tcase_create("lines");
    tcase_add_test(tests, a_mount_of_ours_says_where_it_is_and_whose);
    tcase_add_test(tests, a_path_is_as_it_was_before_the_kernel_escaped_it);
    tcase_add_loop_test(tests, other_lines_are_nobodys, 0, sizeof(foreign) / sizeof(foreign[0]));
    tcase_add_test(tests, a_path_that_is_too_long_is_nobodys);
    tcase_add_test(tests, the_table_is_read_to_its_end);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
