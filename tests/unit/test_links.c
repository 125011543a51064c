/* The keeper of the links to a device: what it makes, what it refuses, and that it removes
 * everything. */
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/links.h"
#include "port/log.h"
#include "unit.h"

#define CLASS "by-interface/{01234567-89ab-cdef-0123-456789abcdef}/"

static char base[PATH_MAX];
static char folder[] = "/tmp/wdfuse-links.XXXXXX"; /* as mkdtemp completes it */
static struct links *links;
static struct node_links *node;
static unsigned complaints;

static void count_complaints(enum log_level level, const char *line)
{
    (void)line;
    if (level <= LOG_LEVEL_WARNING)
        complaints++;
}

/* Root's links are in /dev; another user's are where the environment says. The target does not
 * matter, and need not exist. */
static void setup(void)
{
    complaints = 0;
    log_set_sink(count_complaints);
    strcpy(strrchr(folder, '.') + 1, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", folder, 1), 0);
    snprintf(base, sizeof(base), "%s/wdfuse", geteuid() == 0 ? "/dev" : folder);
    const struct links_left nothing = {0};
    ck_assert_int_eq(links_start(&nothing, &links), 0);
    char target[PATH_MAX];
    snprintf(target, sizeof(target), "%s/node", folder);
    node = links_of_node(links, target);
    ck_assert_ptr_nonnull(node);
}

static void teardown(void)
{
    links_forget_node(node);
    links_stop(links);
    rmdir(folder);
}

static bool exists(const char *name)
{
    char path[PATH_MAX * 2];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", base, name);
    return lstat(path, &status) == 0;
}

START_TEST(an_interface_is_a_link_of_the_nodes_name_in_the_folder_of_its_class)
{
    links_change(node, CLASS, true);
    ck_assert(exists(CLASS "node"));
}
END_TEST

START_TEST(a_reference_string_stands_behind_the_nodes_name)
{
    links_change(node, CLASS "left", true);
    ck_assert(exists(CLASS "node@left"));
}
END_TEST

START_TEST(a_name_that_goes_takes_its_link_with_it)
{
    links_change(node, CLASS, true);
    links_change(node, CLASS, false);
    ck_assert(!exists(CLASS "node"));
}
END_TEST

START_TEST(what_is_left_goes_with_the_daemon)
{
    links_change(node, CLASS, true);
    links_stop(links);
    links = NULL;
    ck_assert(!exists(CLASS));
}
END_TEST

static const char *const refused[] = {
    "",
    "x",
    "/etc/passwd",
    "by-name/",
    "by-name/.",
    "by-name/..",
    "by-name/../x",
    "by-name/x/y",
    "by-interface/",
    "by-interface/x/",
    "by-interface/../x/",
    "by-interface/{01234567-89ab-cdef-0123-456789abcdeg}/",
    "by-interface/{01234567-89ab-cdef-0123-456789abcdef}",
    "by-interface/{01234567-89ab-cdef-0123-456789abcdef}/..",
    "by-interface/{01234567-89ab-cdef-0123-456789abcdef}/x/y",
};

/* The keeper may be root while the daemon is not: a compromised daemon can only make its own
 * names. */
START_TEST(a_path_of_another_form_is_refused)
{
    links_change(node, refused[_i], true);
    ck_assert_uint_eq(complaints, 1);
}
END_TEST

static const char *const other_targets[] = {"/etc/passwd", "/dev/null",  "node",
                                            "/node",       "/tmp/node/", "/tmp/.."};

START_TEST(a_target_in_another_folder_is_refused)
{
    struct node_links *other = links_of_node(links, other_targets[_i]);
    ck_assert_uint_eq(complaints, 1);
    links_change(other, CLASS, true);
    ck_assert_uint_eq(complaints, 2);
    ck_assert(!exists(CLASS));
    links_forget_node(other);
}
END_TEST

START_TEST(nodes_of_one_folder_have_links_of_their_own)
{
    char target[PATH_MAX];
    snprintf(target, sizeof(target), "%s/second", folder);
    struct node_links *second = links_of_node(links, target);
    links_change(node, CLASS, true);
    links_change(second, CLASS, true);
    links_change(node, CLASS, false);
    ck_assert(!exists(CLASS "node"));
    ck_assert(exists(CLASS "second"));
    ck_assert_uint_eq(complaints, 0);
    links_forget_node(second);
}
END_TEST

START_TEST(without_a_keeper_nothing_happens)
{
    ck_assert_ptr_null(links_of_node(NULL, "/dev/null"));
    links_change(NULL, CLASS, true);
    links_stop(NULL);
    ck_assert_uint_eq(complaints, 0);
}
END_TEST

/* A dead daemon's link, into the folder of our nodes. */
static void leave_link(const char *name)
{
    char path[PATH_MAX * 2], target[PATH_MAX];
    snprintf(path, sizeof(path), "%s/by-name/%s", base, name);
    snprintf(target, sizeof(target), "%s/%s", folder, name);
    links_change(node, "by-name/alive", true); /* makes the folders */
    ck_assert_int_eq(symlink(target, path), 0);
}

START_TEST(what_else_leads_to_the_daemons_nodes_is_a_dead_ones)
{
    char target[PATH_MAX];
    leave_link("dead");
    snprintf(target, sizeof(target), "%s/another", folder);
    links_forget_node(links_of_node(links, target));
    ck_assert(!exists("by-name/dead"));
    ck_assert(exists("by-name/alive"));
}
END_TEST

START_TEST(a_daemon_that_may_be_taken_over_removes_nobodys_links)
{
    char target[PATH_MAX], path[PATH_MAX * 2];
    leave_link("foreign");
    links_settle(links);
    snprintf(target, sizeof(target), "%s/another", folder);
    links_forget_node(links_of_node(links, target));
    ck_assert(exists("by-name/foreign"));
    snprintf(path, sizeof(path), "%s/by-name/foreign", base);
    unlink(path);
}
END_TEST

static void write_pidfile(const char *path, int process)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%d\n", process);
    fclose(file);
}

START_TEST(a_pidfile_goes_with_the_daemon_it_names)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/pid", folder);
    const struct links_left left = {.pidfile = path, .daemon = getpid()};
    for (int others = 0; others <= 1; others++) {
        struct links *mine;
        ck_assert_int_eq(links_start(&left, &mine), 0);
        write_pidfile(path, getpid() + others);
        links_stop(mine);
        ck_assert_int_eq(access(path, F_OK) == 0, others);
    }
    unlink(path);
}
END_TEST

/* Other daemons clean the folder of links when they start; ours lead nowhere there. */
static void stay_alone(void)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0)
        return;
    mkdir("/dev/wdfuse", 0755);
    (void)mount("none", "/dev/wdfuse", "tmpfs", 0, NULL);
}

int main(void)
{
    stay_alone();
    Suite *suite = suite_create("links");
    TCase *tests = tcase_create("links");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_interface_is_a_link_of_the_nodes_name_in_the_folder_of_its_class);
    tcase_add_test(tests, a_reference_string_stands_behind_the_nodes_name);
    tcase_add_test(tests, a_name_that_goes_takes_its_link_with_it);
    tcase_add_test(tests, what_is_left_goes_with_the_daemon);
    tcase_add_loop_test(tests, a_path_of_another_form_is_refused, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_loop_test(tests, a_target_in_another_folder_is_refused, 0,
                        sizeof(other_targets) / sizeof(other_targets[0]));
    tcase_add_test(tests, nodes_of_one_folder_have_links_of_their_own);
    tcase_add_test(tests, what_else_leads_to_the_daemons_nodes_is_a_dead_ones);
    tcase_add_test(tests, a_daemon_that_may_be_taken_over_removes_nobodys_links);
    tcase_add_test(tests, a_pidfile_goes_with_the_daemon_it_names);
    tcase_add_test(tests, without_a_keeper_nothing_happens);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
