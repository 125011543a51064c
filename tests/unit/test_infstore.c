/* A folder of INFs: which one is for a device (S20.20 to S20.22). */
#include "infs.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inf/store.h"

static char folder[] = "/tmp/wdfuse-infstore-XXXXXX";
static char reasons[4096];
static struct inf_store store;

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void left_out(void *context, const char *reason)
{
    size_t used = strlen(reasons);
    ck_assert_ptr_eq(context, folder);
    snprintf(reasons + used, sizeof(reasons) - used, "%s\n", reason);
}

static void set_up(void)
{
    strcpy(folder, "/tmp/wdfuse-infstore-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    reasons[0] = '\0';
    store = (struct inf_store){.system = &infs_system, .left_out = left_out, .context = folder};
}

static void tear_down(void)
{
    char command[128];
    free(store.best);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* An INF whose model has these IDs. */
static void make_inf(const char *name, const char *ids, const char *feature, const char *version)
{
    FILE *file = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "[Version]\nSignature = $Chicago$\nClassGuid = {1}\nDriverVer = %s\n"
            "[Manufacturer]\nM = M, NTamd64\n[M.NTamd64]\nD = D, %s\n[D.NT]\n%s\n"
            "[D.NT.Services]\nAddService = ,2\n",
            version, ids, feature);
    fclose(file);
}

static void look(const char *hardware_id)
{
    const struct inf_device_ids ids = {.hardware = &hardware_id, .hardware_count = 1};
    free(store.best);
    store.best = NULL;
    ck_assert_int_eq(inf_store_look(&store, folder, &ids), 0);
}

static void expect_best(const char *hardware_id, const char *name)
{
    look(hardware_id);
    if (name == NULL)
        ck_assert_ptr_null(store.best);
    else
        ck_assert_str_eq(store.best, path_of(name));
}

/* S20.20, S20.22 */
START_TEST(the_inf_that_names_the_id_is_found)
{
    make_inf("a.inf", "root\\one", "", "");
    make_inf("b.INX", "root\\two", "", "");
    make_inf("c.txt", "root\\three", "", "");
    expect_best("ROOT\\ONE", "a.inf");
    expect_best("root\\two", "b.INX");
    expect_best("root\\three", NULL);
    expect_best("root", NULL);
    ck_assert_str_eq(reasons, "");
}
END_TEST

/* S20.21 */
START_TEST(of_several_the_best_rank_wins)
{
    make_inf("a.inf", "x, root\\one", "", "01/01/2025,9.0");
    make_inf("b.inf", "root\\one", "", "01/01/2020,1.0");
    expect_best("root\\one", "b.inf"); /* the score before the date */
    make_inf("c.inf", "root\\one", "", "01/01/2021,1.0");
    expect_best("root\\one", "c.inf");
    make_inf("d.inf", "root\\one", "", "01/01/2021,1.1");
    expect_best("root\\one", "d.inf");
    make_inf("e.inf", "x, root\\one", "FeatureScore = 10", "");
    expect_best("root\\one", "e.inf"); /* the feature before the score */
}
END_TEST

/* S20.21 */
START_TEST(of_equal_ones_the_first_by_name_wins)
{
    make_inf("b.inf", "root\\one", "", "01/01/2020,1.0");
    make_inf("a.inf", "root\\one", "", "01/01/2020,1.0");
    make_inf("c.inf", "root\\one", "", "01/01/2020,1.0");
    expect_best("root\\one", "a.inf");
}
END_TEST

START_TEST(what_can_not_be_installed_is_left_out_and_said)
{
    char expected[400];
    make_inf("a.inf", "root\\one", "AddReg = nowhere", "");
    make_inf("b.inf", "root\\one", "", "");
    ck_assert_int_eq(mkdir(path_of("c.inf"), 0700), 0);
    expect_best("root\\one", "b.inf");
    snprintf(expected, sizeof(expected),
             "%s/a.inf:10:10: error: there is no section [nowhere]\n%s/c.inf: Invalid argument\n",
             folder, folder);
    ck_assert_str_eq(reasons, expected);
}
END_TEST

START_TEST(a_folder_that_is_none_is_an_error)
{
    const char *id = "x";
    const struct inf_device_ids ids = {.hardware = &id, .hardware_count = 1};
    ck_assert_int_eq(inf_store_look(&store, path_of("nowhere"), &ids), -ENOENT);
    ck_assert_ptr_null(store.best);
}
END_TEST

static Suite *store_suite(void)
{
    Suite *suite = suite_create("infstore");
    TCase *tests = tcase_create("infstore");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_inf_that_names_the_id_is_found);
    tcase_add_test(tests, of_several_the_best_rank_wins);
    tcase_add_test(tests, of_equal_ones_the_first_by_name_wins);
    tcase_add_test(tests, what_can_not_be_installed_is_left_out_and_said);
    tcase_add_test(tests, a_folder_that_is_none_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(store_suite());
}
