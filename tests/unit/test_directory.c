/* Folders for the data of drivers and devices (WdfDriverRetrieveDriverDataDirectoryString,
 * WdfDeviceRetrieveDeviceDirectoryString), below --state-dir. */
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus.h"
#include "nt/folder.h"
#include "nt/utf.h"
#include "unit.h"

static char base[64];

static void setup(void)
{
    snprintf(base, sizeof(base), "/tmp/test_directory.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert(folder_set_base(base));
    start_bus(1);
}

static void teardown(void)
{
    static const char *const made[] = {"test/DeviceData/test.0",
                                       "test/DeviceData",
                                       "test/DriverData",
                                       "test/C/Windows/Temp",
                                       "test/C/Windows",
                                       "test/C",
                                       "test",
                                       "."};
    char path[160];
    bus_stop();
    folder_set_base(NULL);
    for (size_t i = 0; i < RTL_NUMBER_OF(made); i++) {
        snprintf(path, sizeof(path), "%s/%s", base, made[i]);
        rmdir(path);
    }
    rmdir(base);
}

/* The text must name a folder that only the daemon's user can access. */
static void check_folder(WDFSTRING string, const char *below)
{
    UNICODE_STRING text;
    char expected[160];
    struct stat attributes;
    WdfStringGetUnicodeString(string, &text);
    char *path = utf8_duplicate(&text);
    snprintf(expected, sizeof(expected), "%s/test/%s", base, below);
    ck_assert_str_eq(path, expected);
    ck_assert_int_eq(stat(path, &attributes), 0);
    ck_assert(S_ISDIR(attributes.st_mode));
    ck_assert_uint_eq(attributes.st_mode & 0777, 0700);
    free(path);
}

START_TEST(a_driver_and_each_device_have_a_folder)
{
    WDFSTRING string;
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_status_eq(WdfDriverRetrieveDriverDataDirectoryString(WdfGetDriver(), string),
                 STATUS_SUCCESS);
    check_folder(string, "DriverData");
    for (int again = 0; again < 2; again++) {
        ck_status_eq(WdfDeviceRetrieveDeviceDirectoryString(children[0], string), STATUS_SUCCESS);
        check_folder(string, "DeviceData/test.0");
    }
}
END_TEST

START_TEST(without_a_place_for_files_there_is_none)
{
    WDFSTRING string;
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    folder_set_base(NULL);
    ck_status_eq(WdfDriverRetrieveDriverDataDirectoryString(WdfGetDriver(), string),
                 STATUS_OBJECT_PATH_NOT_FOUND);
    ck_status_eq(WdfDeviceRetrieveDeviceDirectoryString(children[0], string),
                 STATUS_OBJECT_PATH_NOT_FOUND);
}
END_TEST

static Suite *directory_suite(void)
{
    Suite *suite = suite_create("directory");
    TCase *tests = tcase_create("directory");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_driver_and_each_device_have_a_folder);
    tcase_add_test(tests, without_a_place_for_files_there_is_none);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(directory_suite());
}
