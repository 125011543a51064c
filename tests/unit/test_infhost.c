/* A host that installs from an INF: its options (S20.24 to S20.38), and registry values. */
#include "failing_heap.h"
#include "infs.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "host/infinstall.h"
#include "host/infregistry.h"
#include "host/options.h"
#include "port/log.h"

/* ---- the log ---- */

static char said[4096];

static void keep_line(enum log_level level, const char *line)
{
    size_t used = strlen(said);
    if (level <= LOG_LEVEL_WARNING)
        snprintf(said + used, sizeof(said) - used, "%s\n", line);
}

/* ---- a folder with an INF and files of drivers ---- */

static char folder[] = "/tmp/wdfuse-infhost-XXXXXX";
static char inf_path[64];

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make_file(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static const char *const files[] = {"toaster.so", "one.so", "two.so", "test.inf"};

static void set_up(void)
{
    strcpy(folder, "/tmp/wdfuse-infhost-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(inf_path, sizeof(inf_path), "%s/test.inf", folder);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        make_file(files[i], "");
    said[0] = '\0';
    log_set_sink(keep_line);
    json_set_alloc_funcs(malloc, free); /* the failing heap */
}

static void tear_down(void)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(in_folder(files[i]));
    rmdir(folder);
    log_set_sink(NULL);
    infs_end();
}

/* ---- options ---- */

static const WDFUSE_HOST host = {
    .Size = sizeof(host), .ProgramName = "test", .Version = "1.0", .OperandName = "DRIVER.so"};

static struct host_options options;

/* With that INF and up to three more arguments. */
static int try_install(const char *text, char *first, char *second, char *third)
{
    char error[HOST_ERROR_SIZE] = "";
    char *argv[] = {"test", inf_path, first, second, third, NULL};
    int argc = 2;
    while (argc < 5 && argv[argc] != NULL)
        argc++;
    make_file("test.inf", text);
    ck_assert_msg(host_options_parse(argc, argv, &host, &options, error, sizeof(error)) == 0, "%s",
                  error);
    return infs_install(&options);
}

static const struct host_driver_options *install(const char *text)
{
    ck_assert_msg(try_install(text, NULL, NULL, NULL) == 0, "%s", said);
    return &options.drivers[0];
}

#define UMDF_START                                                                                 \
    INFS_START "[Toaster.NT.Services]\nInclude = wudfrd.inf\nNeeds = WUDFRD.NT.Services\n"         \
               "[one]\nUmdfLibraryVersion = 2.33.0\nServiceBinary = %13%\\one.dll\n"               \
               "[two]\nUmdfLibraryVersion = 2.33.0\nServiceBinary = %13%\\two.dll\n"               \
               "[Toaster.NT.Wdf]\nUmdfService = First, one\nUmdfService = Second, two\n"           \
               "UmdfServiceOrder = First, Second\n"

/* S20.32 */
START_TEST(the_driver_has_the_services_name_and_the_device_that_of_the_file)
{
    const struct host_driver_options *driver =
        install(INFS_START INFS_SERVICE "[Toaster.NT.Wdf]\n");
    ck_assert_str_eq(driver->operand, in_folder("toaster.so"));
    ck_assert_str_eq(driver->operand_name, "toaster");
    ck_assert_str_eq(driver->default_name, "test");
    ck_assert_uint_eq(driver->filter_count, 0);
    ck_assert(!driver->installation->has_mode);
    ck_assert_str_eq(said, "");
    infs_forget(&options);
}
END_TEST

/* S20.51 */
START_TEST(a_driver_without_its_wdf_section_is_warned_of)
{
    char warning[200];
    install(INFS_START INFS_SERVICE);
    snprintf(warning, sizeof(warning),
             "%s: there is no section [Toaster.NT.Wdf], which would say for which framework the "
             "driver is\n",
             inf_path);
    ck_assert_str_eq(said, warning);
    infs_forget(&options);
}
END_TEST

/* S20.37: the lowest of several is the function driver. */
START_TEST(of_umdf_drivers_the_lowest_is_the_function_driver)
{
    const struct host_driver_options *driver = install(UMDF_START);
    ck_assert_str_eq(driver->operand_name, "First");
    ck_assert_uint_eq(driver->filter_count, 1);
    ck_assert_str_eq(driver->filters[0].service, "Second");
    ck_assert_str_eq(driver->filters[0].path, in_folder("two.so"));
    ck_assert(driver->filters[0].is_upper);
    infs_forget(&options);
}
END_TEST

/* S20.38, S8.15 */
START_TEST(method_neither_is_rejected_unless_the_inf_has_it_copied)
{
    ck_assert(install(UMDF_START)->installation->device.rejects_neither);
    infs_forget(&options);
    ck_assert(!install(UMDF_START "UmdfMethodNeitherAction = Copy\n")
                   ->installation->device.rejects_neither);
    infs_forget(&options);
    ck_assert(!install(INFS_START INFS_SERVICE)->installation->device.rejects_neither);
    infs_forget(&options);
}
END_TEST

/* S20.38 */
START_TEST(requests_without_a_file_are_rejected_unless_the_inf_allows_them)
{
    ck_assert(install(UMDF_START)->installation->device.rejects_no_file);
    infs_forget(&options);
    ck_assert(!install(UMDF_START "UmdfFileObjectPolicy = AllowNullAndUnknownFileObjects\n")
                   ->installation->device.rejects_no_file);
    infs_forget(&options);
}
END_TEST

/* S20.38 */
START_TEST(drivers_that_share_no_process_are_alone_in_it)
{
    static const char text[] = UMDF_START "UmdfHostProcessSharing = ProcessSharingDisabled\n";
    install(text);
    infs_forget(&options);
    ck_assert_int_eq(try_install(text, "other.so", NULL, NULL), -EBUSY);
    ck_assert_ptr_nonnull(strstr(said, "want a process of their own (UmdfHostProcessSharing)"));
    infs_forget(&options);
}
END_TEST

/* S20.28 */
START_TEST(hw_settings_reach_the_device)
{
    const struct host_installation *installation =
        install(INFS_START INFS_SERVICE "[Toaster.NT.HW]\nAddReg = hw\n[hw]\n"
                                        "HKR,,Security,,\"D:P(A;;GA;;;SY)(A;;GR;;;WD)\"\n"
                                        "HKR,,DeviceType,0x10001,7\n"
                                        "HKR,,DeviceCharacteristics,0x10001,0x100\n"
                                        "HKR,,Exclusive,0x10001,1\n")
            ->installation;
    ck_assert(installation->has_mode);
    ck_assert_uint_eq(installation->mode, 0644);
    ck_assert(installation->device.has_type && installation->device.is_exclusive);
    ck_assert_uint_eq(installation->device.type, 7);
    ck_assert_uint_eq(installation->device.characteristics, 0x100);
    infs_forget(&options);
}
END_TEST

START_TEST(without_memory_nothing_is_installed_and_nothing_leaks)
{
    static const char text[] = UMDF_START "[Toaster.NT.HW]\nAddReg = hw\n[hw]\nHKR,,Name,,text\n";
    install(text); /* makes the allocations that happen only once */
    infs_forget(&options);
    for (unsigned n = 1;; n++) {
        char error[HOST_ERROR_SIZE];
        char *argv[] = {"test", inf_path, NULL};
        said[0] = '\0';
        ck_assert_int_eq(host_options_parse(2, argv, &host, &options, error, sizeof(error)), 0);
        heap_fail(n, false);
        int result = infs_install(&options);
        infs_forget(&options);
        bool has_failed = heap_heal();
        ck_assert_int_eq(heap_leaks(), 0);
        if (!has_failed) {
            ck_assert_int_eq(result, 0);
            ck_assert_uint_gt(n, 100);
            return;
        }
        ck_assert_int_ne(result, 0);
        ck_assert_str_ne(said, "");
    }
}
END_TEST

/* ---- registry values ---- */

static struct inf_package *package;

/* The defaults of the service `toaster` with these registry lines, of the section in `where`. */
static const char *defaults(const char *where, const char *lines)
{
    static char *text;
    char inf[4096];
    snprintf(inf, sizeof(inf), "%s%sAddReg = r\n[r]\n%s", INFS_START INFS_SERVICE, where, lines);
    package = infs_package(inf);
    free(text);
    ck_assert_int_eq(
        inf_registry_defaults("test.inf", &package->installs[0]->registry, "toaster", &text), 0);
    return text;
}

static void expect_defaults(const char *where, const char *lines, const char *json)
{
    json_t *expected = json_loads(json, 0, NULL);
    json_t *actual = json_loads(defaults(where, lines), 0, NULL);
    ck_assert_ptr_nonnull(expected);
    ck_assert_msg(json_equal(expected, actual), "%s, not %s", defaults(where, lines), json);
    json_decref(expected);
    json_decref(actual);
}

/* S20.24 */
START_TEST(each_key_is_where_the_driver_opens_it)
{
    expect_defaults("", "HKR,Parameters\\Deep,A,0x10001,1\n",
                    "{\"Parameters\": {\"Deep\": {\"A\": 1}}}");
    expect_defaults("[Toaster.NT]\n", "HKR,,A,0x10001,1\n", "{\"Driver\": {\"A\": 1}}");
    expect_defaults("[Toaster.NT.HW]\n",
                    "HKR,,A,0x10001,1\nHKR,,UpperFilters,0x10008,x\n"
                    "HKR,,Security,,\"D:P(A;;GA;;;SY)\"\n",
                    "{\"Device Parameters\": {\"A\": 1}}");
    expect_defaults("[ClassInstall32]\n", "HKR,,A,0x10001,1\n", "{}");
}
END_TEST

/* S20.25, S20.26 */
START_TEST(each_type_has_its_form)
{
    expect_defaults(
        "",
        "HKR,,a,,text\nHKR,,b,0x20000,%%x%%\nHKR,,c,0x10000,one,two\n"
        "HKR,,d,0x10001,0xffffffff\nHKR,,e,1,1,2\nHKR,,f,0xb0001,1,0,0,0,0,0,0,0\n"
        "HKR,,,,default\nHKR,,g,0x10000\nHKR,Key,,0x10\n",
        "{\"a\": \"text\", \"b\": {\"REG_EXPAND_SZ\": \"%x%\"}, \"c\": [\"one\", \"two\"],"
        "\"d\": 4294967295, \"e\": {\"REG_BINARY\": \"01 02\"},"
        "\"f\": {\"REG_QWORD\": 1}, \"\": \"default\", \"g\": [], \"Key\": {}}");
}
END_TEST

/* S20.25, S20.26, S20.27 */
START_TEST(flags_say_what_becomes_of_what_is_there)
{
    expect_defaults("", "HKR,,a,,one\nHKR,,A,,two\n", "{\"a\": \"two\"}");
    expect_defaults("", "HKR,,a,,one\nHKR,,A,2,two\n", "{\"a\": \"one\"}");
    expect_defaults("", "HKR,,a,0x20,one\n", "{}");
    expect_defaults("", "HKR,,a,,one\nHKR,,a,0x20,two\n", "{\"a\": \"two\"}");
    expect_defaults("", "HKR,,a,,one\nHKR,,a,4\nHKR,,b,4\n", "{}");
    expect_defaults("", "HKR,,a,0x10000,one,two\nHKR,,a,0x10008,TWO,three\n",
                    "{\"a\": [\"one\", \"two\", \"three\"]}");
    expect_defaults("", "HKR,,a,0x10008,one,ONE\n", "{\"a\": [\"one\", \"ONE\"]}");
}
END_TEST

/* S20.27 */
START_TEST(what_is_deleted_is_not_there)
{
    expect_defaults("DelReg = d\n", "HKR,Key,A,,x\nHKR,Key,B,,x\n[d]\nHKR,Key,A\n",
                    "{\"Key\": {\"A\": \"x\", \"B\": \"x\"}}"); /* in the order of the lines */
    expect_defaults("", "HKR,Key,A,,x\n[Toaster.NT]\nAddReg = never\n[never]\n",
                    "{\"Key\": {\"A\": \"x\"}}");
}
END_TEST

START_TEST(a_value_that_the_registry_cannot_have_is_an_error)
{
    char *text;
    package = infs_package(INFS_START INFS_SERVICE "AddReg = r\n[r]\nHKR,,a,,y\nHKR,a,b,,x\n");
    ck_assert_int_eq(
        inf_registry_defaults("test.inf", &package->installs[0]->registry, "toaster", &text),
        -EINVAL);
    ck_assert_ptr_null(text);
    ck_assert_ptr_nonnull(strstr(said, "test.inf:20:1: the registry value b can't be installed: "));
}
END_TEST

static Suite *infhost_suite(void)
{
    Suite *suite = suite_create("infhost");
    TCase *tests = tcase_create("infhost");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_driver_has_the_services_name_and_the_device_that_of_the_file);
    tcase_add_test(tests, a_driver_without_its_wdf_section_is_warned_of);
    tcase_add_test(tests, of_umdf_drivers_the_lowest_is_the_function_driver);
    tcase_add_test(tests, method_neither_is_rejected_unless_the_inf_has_it_copied);
    tcase_add_test(tests, requests_without_a_file_are_rejected_unless_the_inf_allows_them);
    tcase_add_test(tests, drivers_that_share_no_process_are_alone_in_it);
    tcase_add_test(tests, hw_settings_reach_the_device);
    tcase_add_test(tests, without_memory_nothing_is_installed_and_nothing_leaks);
    tcase_add_test(tests, each_key_is_where_the_driver_opens_it);
    tcase_add_test(tests, each_type_has_its_form);
    tcase_add_test(tests, flags_say_what_becomes_of_what_is_there);
    tcase_add_test(tests, what_is_deleted_is_not_there);
    tcase_add_test(tests, a_value_that_the_registry_cannot_have_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(infhost_suite());
}
