/* What an INF writes into the registry: AddReg and DelReg (S20.23 to S20.28). */
#include "infs.h"
#include "unit.h"

#include <stdio.h>

/* Lines of an AddReg section of the install section. The registry lines begin here. */
#define LINES_START (INFS_START_LINES + 3)
static char text[8192];

static struct inf_package *package;

static const struct inf_change *read_lines(const char *lines)
{
    snprintf(text, sizeof(text), "%s%s%s%s", INFS_START "AddReg = r\n[r]\n", lines, INFS_SERVICE,
             "[Strings]\nDWORD = 0x00010001\n");
    package = infs_package(text);
    return package->installs[0]->registry.first;
}

/* This is the only complaint, and it is about the only line. */
static void expect_complaint(const char *line, const char *complaint)
{
    char expected[400];
    read_lines(line);
    snprintf(expected, sizeof(expected), "%d:%s\n", LINES_START, complaint);
    infs_expect(package->inf, expected);
}

static void expect_bytes(const struct inf_change *change, unsigned type, const char *bytes,
                         size_t size)
{
    ck_assert_uint_eq(change->type, type);
    ck_assert_uint_eq(change->size, size);
    ck_assert_mem_eq(change->bytes, bytes, size);
}

/* S20.23, S20.27 */
START_TEST(a_line_is_root_subkey_name_flags_value)
{
    const struct inf_change *change =
        read_lines("HKR,Sub\\Key,Name,,Value\nhkr,,,,\"the default\"\n");
    ck_assert_int_eq(change->kind, INF_SET_VALUE);
    ck_assert_int_eq(change->key, INF_KEY_DRIVER);
    ck_assert_str_eq(change->subkey, "Sub\\Key");
    ck_assert_str_eq(change->name, "Name");
    ck_assert_uint_eq(change->type, INF_REG_SZ);
    ck_assert_str_eq(change->strings[0], "Value");
    ck_assert_str_eq(change->next->name, "");
    ck_assert_str_eq(change->next->strings[0], "the default");
    infs_expect(package->inf, "");
}
END_TEST

/* S20.23 */
START_TEST(keys_of_the_system_are_named_once_and_left_out)
{
    ck_assert_ptr_null(read_lines("HKLM,A,B,,C\nHKLM,D,E,,F\nHKU,A\n"));
    infs_expect(package->inf,
                "12:1: note: there is no HKLM on Linux: values below it are left out\n"
                "14:1: note: there is no HKU on Linux: values below it are left out\n");
    expect_complaint("HKX,A,B,,C\n",
                     "1: error: a registry line begins with HKR, HKLM, HKCR, HKCU or HKU, not HKX");
}
END_TEST

/* S20.24, S20.12 */
START_TEST(the_section_decides_which_key_it_is)
{
    package = infs_package(INFS_START
                           "AddReg = a\n[Toaster.NT.HW]\nAddReg = a\n" INFS_SERVICE
                           "AddReg = a\n[Toaster.NT.Interfaces]\nAddInterface = {1}, ref, i\n[i]\n"
                           "AddReg = a\n[ClassInstall32]\nAddReg = a\n[a]\nHKR,,x,,y\n");
    infs_expect(package->inf, "");
    const struct inf_change *change = package->installs[0]->registry.first;
    static const enum inf_key keys[] = {INF_KEY_CLASS, INF_KEY_DRIVER, INF_KEY_DEVICE,
                                        INF_KEY_SERVICE, INF_KEY_INTERFACE};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++, change = change->next) {
        ck_assert_ptr_nonnull(change);
        ck_assert_int_eq(change->key, keys[i]);
        ck_assert_str_eq(change->owner, keys[i] == INF_KEY_SERVICE     ? "toaster"
                                        : keys[i] == INF_KEY_INTERFACE ? "{1}"
                                                                       : "");
    }
    ck_assert_ptr_null(change);
    ck_assert_str_eq(package->installs[0]->interfaces->reference, "ref");
}
END_TEST

/* S20.25 */
START_TEST(flags_say_the_type)
{
    const struct inf_change *change = read_lines("HKR,,sz,0x00000,a\n"
                                                 "HKR,,expand,0x20000,%%PATH%%\n"
                                                 "HKR,,multi,65536,a,,\"b\",c\n"
                                                 "HKR,,dword,%DWORD%,0x10\n"
                                                 "HKR,,binary,1,0,0a,FF,0x7f\n"
                                                 "HKR,,none,0x20001,1\n"
                                                 "HKR,,qword,0xb0001,1,0,0,0,0,0,0,80\n");
    ck_assert_uint_eq(change->type, INF_REG_SZ);
    change = change->next;
    ck_assert_uint_eq(change->type, INF_REG_EXPAND_SZ);
    ck_assert_str_eq(change->strings[0], "%PATH%");
    change = change->next;
    ck_assert_uint_eq(change->type, INF_REG_MULTI_SZ);
    ck_assert_uint_eq(change->string_count, 3);
    ck_assert_str_eq(change->strings[1], "b");
    change = change->next;
    ck_assert_uint_eq(change->type, INF_REG_DWORD);
    ck_assert_uint_eq(change->number, 16);
    expect_bytes(change = change->next, INF_REG_BINARY, "\0\x0a\xff\x7f", 4);
    expect_bytes(change = change->next, INF_REG_NONE, "\1", 1);
    expect_bytes(change->next, 11, "\1\0\0\0\0\0\0\x80", 8);
    infs_expect(package->inf, "");
}
END_TEST

/* S20.25 */
START_TEST(flags_say_what_is_done)
{
    const struct inf_change *change = read_lines("HKR,,a,0x10003,1\n"
                                                 "HKR,,b,0x20,x\n"
                                                 "HKR,,c,0x10008,x\n"
                                                 "HKR,,d,4\n"
                                                 "HKR,Sub,,0x10\n"
                                                 "HKR,Sub,,0x2000\n"
                                                 "HKR,,e,0x1002\n");
    ck_assert(change->keeps_old && !change->needs_old && !change->appends);
    change = change->next;
    ck_assert(change->needs_old && !change->keeps_old);
    change = change->next;
    ck_assert(change->appends);
    change = change->next;
    ck_assert_int_eq(change->kind, INF_DELETE_VALUE);
    change = change->next;
    ck_assert_int_eq(change->kind, INF_MAKE_KEY);
    change = change->next;
    ck_assert_int_eq(change->kind, INF_MAKE_KEY);
    change = change->next;
    ck_assert(change->keeps_old);
    ck_assert_uint_eq(change->type, INF_REG_SZ);
}
END_TEST

/* S20.26 */
START_TEST(numbers_are_decimal_or_hexadecimal_or_bytes_or_negative)
{
    const struct inf_change *change = read_lines("HKR,,a,0x10001,4294967295\n"
                                                 "HKR,,b,0x10001,-1\n"
                                                 "HKR,,c,0x10001,78,56,34,12\n"
                                                 "HKR,,d,0x10001,010\n");
    static const unsigned long numbers[] = {0xffffffff, 0xffffffff, 0x12345678, 10};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++, change = change->next)
        ck_assert_uint_eq(change->number, numbers[i]);
    infs_expect(package->inf, "");
}
END_TEST

/* S20.26 */
START_TEST(a_value_that_is_not_given_is_empty)
{
    const struct inf_change *change = read_lines("HKR,,a\nHKR,,b,0x10001\nHKR,,c,1\n");
    ck_assert_uint_eq(change->type, INF_REG_SZ);
    ck_assert_str_eq(change->strings[0], "");
    change = change->next;
    ck_assert_uint_eq(change->size, 0);
    ck_assert_uint_ne(change->type, INF_REG_DWORD); /* that has four bytes */
    expect_bytes(change->next, INF_REG_BINARY, "", 0);
}
END_TEST

/* S20.51 */
START_TEST(values_that_are_not_of_their_type_are_warned_of)
{
    expect_complaint("HKR,,a,0x10001,many\n",
                     "16: warning: this is no REG_DWORD: it is a number of 32 bits, or its four "
                     "bytes; it is taken for 0");
    expect_complaint("HKR,,a,0x10001,1,2\n",
                     "16: warning: this is no REG_DWORD: it is a number of 32 bits, or its four "
                     "bytes; it is taken for 0");
    expect_complaint("HKR,,a,1,1,xy,2\n",
                     "12: warning: xy is no byte: it is one or two hexadecimal digits");
    expect_complaint("HKR,,a,,one,two\n",
                     "13: warning: a REG_SZ is one string: put it in quotes, or give the flags of "
                     "a REG_MULTI_SZ (0x10000)");
    expect_complaint("HKR,,a,flags,x\n",
                     "8: warning: the flags flags are no number: they are taken for 0");
    expect_complaint("HKR,,a,0xc0001,1\n",
                     "8: warning: the flags 0xc0001 have a type that there is "
                     "not: the value is left out");
}
END_TEST

/* S20.27 */
START_TEST(delreg_deletes_values_and_keys)
{
    package = infs_package(INFS_START "DelReg = d\n[d]\nHKR,,Old\nHKR,Sub\nHKR,Sub,x,0x2000\n"
                                      "HKLM,x\n" INFS_SERVICE);
    const struct inf_change *change = package->installs[0]->registry.first;
    ck_assert_int_eq(change->kind, INF_DELETE_VALUE);
    ck_assert_str_eq(change->name, "Old");
    change = change->next;
    ck_assert_int_eq(change->kind, INF_DELETE_KEY);
    ck_assert_str_eq(change->subkey, "Sub");
    change = change->next;
    ck_assert_int_eq(change->kind, INF_DELETE_KEY);
    ck_assert_ptr_null(change->next);
}
END_TEST

/* S20.28 */
START_TEST(hw_says_what_the_device_is_like)
{
    package = infs_package(INFS_START "[Toaster.NT.HW]\nAddReg = hw\n[hw]\n"
                                      "HKR,,Security,,\"D:P(A;;GA;;;WD)\"\n"
                                      "HKR,,DeviceType,0x10001,0x22\n"
                                      "HKR,,DeviceCharacteristics,0x10001,0x100\n"
                                      "HKR,,Exclusive,0x10001,1\n" INFS_SERVICE);
    const struct inf_device *device = &package->installs[0]->device;
    ck_assert_str_eq(device->security, "D:P(A;;GA;;;WD)");
    ck_assert(device->has_type && device->is_exclusive);
    ck_assert_uint_eq(device->type, 0x22);
    ck_assert_uint_eq(device->characteristics, 0x100);
    infs_expect(package->inf, "");
}
END_TEST

/* S20.28: a class sets it for its devices, unless they do. */
START_TEST(what_the_class_says_counts_for_its_devices)
{
    package = infs_package(INFS_START "[ClassInstall32]\nAddReg = c\n[c]\n"
                                      "HKR,,Security,,\"D:P(A;;GA;;;SY)\"\n"
                                      "HKR,,Exclusive,0x10001,1\n"
                                      "[Toaster.NT.HW]\nAddReg = hw\n[hw]\n"
                                      "HKR,,Exclusive,0x10001,0\n" INFS_SERVICE);
    ck_assert_str_eq(package->installs[0]->device.security, "D:P(A;;GA;;;SY)");
    ck_assert(!package->installs[0]->device.is_exclusive);
}
END_TEST

/* S20.28, S20.51 */
START_TEST(what_hw_says_in_another_type_is_left_out)
{
    package = infs_package(INFS_START "[Toaster.NT.HW]\nAddReg = hw\n[hw]\n"
                                      "HKR,,Security,0x10001,1\n"
                                      "HKR,,DeviceType,,22\n" INFS_SERVICE);
    ck_assert_ptr_null(package->installs[0]->device.security);
    ck_assert(!package->installs[0]->device.has_type);
    infs_expect(package->inf, "13:1: warning: Security is a REG_SZ: the value is left out\n"
                              "14:1: warning: DeviceType is a REG_DWORD: flags 0x00010001; the "
                              "value is left out\n");
}
END_TEST

static void end(void)
{
    infs_end();
}

static Suite *registry_suite(void)
{
    Suite *suite = suite_create("infregistry");
    TCase *tests = tcase_create("infregistry");
    tcase_add_checked_fixture(tests, NULL, end);
    tcase_add_test(tests, a_line_is_root_subkey_name_flags_value);
    tcase_add_test(tests, keys_of_the_system_are_named_once_and_left_out);
    tcase_add_test(tests, the_section_decides_which_key_it_is);
    tcase_add_test(tests, flags_say_the_type);
    tcase_add_test(tests, flags_say_what_is_done);
    tcase_add_test(tests, numbers_are_decimal_or_hexadecimal_or_bytes_or_negative);
    tcase_add_test(tests, a_value_that_is_not_given_is_empty);
    tcase_add_test(tests, values_that_are_not_of_their_type_are_warned_of);
    tcase_add_test(tests, delreg_deletes_values_and_keys);
    tcase_add_test(tests, hw_says_what_the_device_is_like);
    tcase_add_test(tests, what_the_class_says_counts_for_its_devices);
    tcase_add_test(tests, what_hw_says_in_another_type_is_left_out);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(registry_suite());
}
