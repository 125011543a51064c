/*
 * Registry keys of a driver: WdfRegistry*, WdfDriverOpen...RegistryKey, WdfDeviceOpenRegistryKey.
 * The text of a configuration is tested in test_configuration.c.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <wdmsec.h>

#include "device.h"
#include "port/thread.h"
#include "unit.h"

static WDFKEY key;

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static void configure(const char *json)
{
    ck_status_eq(WdfuseInprocSetConfiguration(json, strlen(json)), STATUS_SUCCESS);
}

static NTSTATUS umdf_driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_bare_device);
    return WdfuseDriverCreateUmdf(DriverObject, RegistryPath, NULL, &config, NULL);
}

static WDFKEY parameters(ACCESS_MASK access)
{
    WDFKEY opened;
    ck_status_eq(WdfDriverOpenParametersRegistryKey(WdfGetDriver(), access, NULL, &opened),
                 STATUS_SUCCESS);
    return opened;
}

static void setup(void)
{
    keep_log();
    configure(
        "{\"Parameters\": {\"Delay\": 5, \"Greeting\": \"h\\u00e9llo\", \"Colours\": [\"red\", \"green\"],"
        "\"Long\": {\"REG_QWORD\": 4294967296}, \"Blob\": {\"REG_BINARY\": \"00 ff 10\"},"
        "\"Home\": {\"REG_EXPAND_SZ\": \"%HOME%\"}, \"Empty\": \"\", \"None\": [],"
        "\"Nothing\": {\"REG_BINARY\": \"\"}, \"Wide\": {\"REG_DWORD\": {\"hex\": \"0102030405\"}},"
        "\"Unended\": {\"REG_SZ\": {\"hex\": \"6100\"}}, \"\": 77,"
        "\"Ports\": {\"COM1\": {\"Baud\": 9600}}}}");
    device_start_with(add_bare_device);
    key = parameters(KEY_ALL_ACCESS);
}

static void teardown(void)
{
    device_stop();
    configure("{}");
}

/* A name from a literal. */
#define NAME(literal) ((PCUNICODE_STRING) & (UNICODE_STRING)RTL_CONSTANT_STRING(L"" literal))

static const char *configuration(void)
{
    static char now[8192];
    ck_assert_uint_lt(WdfuseInprocGetConfiguration(now, sizeof(now)), sizeof(now));
    return now;
}

/* ---- querying ---- */

START_TEST(an_integer_is_a_dword)
{
    ULONG value;
    ck_status_eq(WdfRegistryQueryULong(key, NAME("Delay"), &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 5);
}
END_TEST

START_TEST(names_are_found_in_any_letter_case)
{
    ULONG value;
    ck_status_eq(WdfRegistryQueryULong(key, NAME("dELAY"), &value), STATUS_SUCCESS);
    WDFKEY ports;
    ck_status_eq(WdfRegistryOpenKey(key, NAME("PORTS\\com1"), KEY_READ, NULL, &ports),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(ports, NAME("BAUD"), &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 9600);
}
END_TEST

START_TEST(the_empty_name_is_the_default_value)
{
    ULONG value;
    UNICODE_STRING none = {0};
    ck_status_eq(WdfRegistryQueryULong(key, &none, &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 77);
}
END_TEST

static const struct {
    const WCHAR *name;
    NTSTATUS as_ulong, as_string, as_strings;
    ULONG type, size;
} kinds[] = {
    {L"Delay", STATUS_SUCCESS, STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH, REG_DWORD,
     4},
    {L"Greeting", STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS, STATUS_OBJECT_TYPE_MISMATCH, REG_SZ,
     12},
    {L"Colours", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS,
     REG_MULTI_SZ, 22},
    {L"None", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS,
     REG_MULTI_SZ, 4},
    {L"Long", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH,
     REG_QWORD, 8},
    {L"Blob", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH,
     REG_BINARY, 3},
    {L"Home", STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS, STATUS_OBJECT_TYPE_MISMATCH,
     REG_EXPAND_SZ, 14},
    {L"Empty", STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS, STATUS_OBJECT_TYPE_MISMATCH, REG_SZ, 2},
    {L"Nothing", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH,
     STATUS_OBJECT_TYPE_MISMATCH, REG_BINARY, 0},
    {L"Wide", STATUS_BUFFER_OVERFLOW, STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH,
     REG_DWORD, 5},
    {L"Unended", STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS, STATUS_OBJECT_TYPE_MISMATCH, REG_SZ,
     2},
    {L"Absent", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_NOT_FOUND,
     STATUS_OBJECT_NAME_NOT_FOUND, 0, 0},
    /* A key is not a value. */
    {L"Ports", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_NOT_FOUND,
     STATUS_OBJECT_NAME_NOT_FOUND, 0, 0},
};

START_TEST(a_value_is_read_as_its_type_and_no_other)
{
    UNICODE_STRING name;
    ULONG number;
    WDFSTRING string;
    WDFCOLLECTION strings;
    RtlInitUnicodeString(&name, kinds[_i].name);
    ck_status_eq(WdfStringCreate(NULL, NULL, &string), STATUS_SUCCESS);
    ck_status_eq(WdfCollectionCreate(NULL, &strings), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(key, &name, &number), kinds[_i].as_ulong);
    ck_status_eq(WdfRegistryQueryString(key, &name, string), kinds[_i].as_string);
    ck_status_eq(WdfRegistryQueryMultiString(key, &name, NULL, strings), kinds[_i].as_strings);
}
END_TEST

START_TEST(every_value_has_its_type_and_its_bytes)
{
    UNICODE_STRING name;
    UCHAR bytes[64];
    ULONG size = 0, type = 0;
    RtlInitUnicodeString(&name, kinds[_i].name);
    bool is_there = kinds[_i].as_ulong != STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status = WdfRegistryQueryValue(key, &name, sizeof(bytes), bytes, &size, &type);
    ck_status_eq(status, is_there ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_uint_eq(size, kinds[_i].size);
    ck_assert_uint_eq(type, kinds[_i].type);
}
END_TEST

START_TEST(a_buffer_that_is_too_small_is_an_overflow_that_tells_the_length)
{
    UCHAR bytes[3] = {1, 2, 3};
    ULONG size = 0, type = 99;
    ck_status_eq(WdfRegistryQueryValue(key, NAME("Delay"), 3, bytes, &size, &type),
                 STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(size, 4);
    ck_assert_uint_eq(type, REG_DWORD);
    ck_assert_mem_eq(bytes, "\1\2\3", 3);
    ck_status_eq(WdfRegistryQueryValue(key, NAME("Delay"), 0, NULL, &size, NULL),
                 STATUS_BUFFER_OVERFLOW);
    ck_status_eq(WdfRegistryQueryValue(key, NAME("Nothing"), 0, NULL, &size, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(bytes_are_read_into_memory_of_their_length)
{
    WDFMEMORY memory;
    ULONG type;
    size_t size;
    ck_status_eq(WdfRegistryQueryMemory(key, NAME("Blob"), PagedPool, NULL, &memory, &type),
                 STATUS_SUCCESS);
    ck_assert_mem_eq(WdfMemoryGetBuffer(memory, &size), "\x00\xff\x10", 3);
    ck_assert_uint_eq(size, 3);
    ck_assert_uint_eq(type, REG_BINARY);
    ck_status_eq(WdfRegistryQueryMemory(key, NAME("Nothing"), PagedPool, NULL, &memory, &type),
                 STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(memory);
}
END_TEST

START_TEST(a_text_fits_with_its_zero_and_counts_without)
{
    WCHAR buffer[16];
    USHORT needed = 0;
    UNICODE_STRING value = {.Length = 0, .MaximumLength = 12, .Buffer = buffer};
    ck_status_eq(WdfRegistryQueryUnicodeString(key, NAME("Greeting"), &needed, &value),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(needed, 12);
    ck_assert_uint_eq(value.Length, 10);
    ck_assert_mem_eq(buffer, L"h\u00e9llo", 12);
    value.MaximumLength = 10;
    value.Length = 0;
    ck_status_eq(WdfRegistryQueryUnicodeString(key, NAME("Greeting"), &needed, &value),
                 STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(value.Length, 0);
    needed = 0;
    ck_status_eq(WdfRegistryQueryUnicodeString(key, NAME("Greeting"), &needed, NULL),
                 STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(needed, 12);
    value.MaximumLength = 32;
    ck_status_eq(WdfRegistryQueryUnicodeString(key, NAME("Delay"), &needed, &value),
                 STATUS_OBJECT_TYPE_MISMATCH);
    ck_status_eq(WdfRegistryQueryUnicodeString(key, NAME("Unended"), NULL, &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value.Length, 2);
}
END_TEST

static void expect_string(WDFSTRING string, const WCHAR *expected)
{
    UNICODE_STRING actual, wanted;
    WdfStringGetUnicodeString(string, &actual);
    RtlInitUnicodeString(&wanted, expected);
    ck_assert(RtlEqualUnicodeString(&actual, &wanted, FALSE));
}

START_TEST(a_multi_string_becomes_a_string_each)
{
    WDFCOLLECTION strings;
    ck_status_eq(WdfCollectionCreate(NULL, &strings), STATUS_SUCCESS);
    ck_status_eq(WdfCollectionAdd(strings, WdfGetDriver()), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryMultiString(key, NAME("Colours"), NULL, strings), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfCollectionGetCount(strings), 3);
    expect_string(WdfCollectionGetItem(strings, 1), L"red");
    expect_string(WdfCollectionGetItem(strings, 2), L"green");
}
END_TEST

/* ---- assigning ---- */

START_TEST(what_is_assigned_is_read_again_and_stands_in_the_text)
{
    ULONG value;
    ck_status_eq(WdfRegistryAssignULong(key, NAME("delay"), 4000000000u), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(key, NAME("Delay"), &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 4000000000u);
    /* The name stays as it was first written. */
    ck_assert_ptr_nonnull(strstr(configuration(), "\"Delay\": 4000000000"));
}
END_TEST

START_TEST(a_configuration_outlives_the_driver)
{
    ULONG value;
    ck_status_eq(WdfRegistryAssignULong(key, NAME("Runs"), 3), STATUS_SUCCESS);
    device_stop();
    device_start_with(add_bare_device);
    ck_status_eq(WdfRegistryQueryULong(parameters(KEY_READ), NAME("Runs"), &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 3);
}
END_TEST

static const struct {
    ULONG type;
    ULONG size;
    const char *bytes;
    const char *form; /* in the text */
} assigned[] = {
    {REG_DWORD, 4, "\1\0\0\0", "\"X\": 1"},
    {REG_DWORD, 3, "\1\0\0",
     "{\n            \"REG_DWORD\": {\n                \"hex\": \"01 00 00\""},
    {REG_DWORD_BIG_ENDIAN, 4, "\0\0\0\1", "\"REG_DWORD_BIG_ENDIAN\": 1"},
    {REG_QWORD, 8, "\1\0\0\0\1\0\0\0", "\"REG_QWORD\": 4294967297"},
    {REG_QWORD, 8, "\xff\xff\xff\xff\xff\xff\xff\xff", "\"REG_QWORD\": \"0xffffffffffffffff\""},
    {REG_SZ, 4, "a\0\0\0", "\"X\": \"a\""},
    {REG_SZ, 2, "a\0", "\"hex\": \"61 00\""},
    {REG_SZ, 3, "a\0\0", "\"hex\": \"61 00 00\""},
    {REG_SZ, 6, "a\0\0\0\0\0", "\"hex\": \"61 00 00 00 00 00\""},
    {REG_SZ, 4, "\0\xd8\0\0", "\"hex\": \"00 d8 00 00\""}, /* half a surrogate pair */
    {REG_SZ, 0, "", "\"hex\": \"\""},
    {REG_EXPAND_SZ, 4, "a\0\0\0", "\"REG_EXPAND_SZ\": \"a\""},
    {REG_MULTI_SZ, 10, "a\0\0\0b\0\0\0\0\0", "\"b\""},
    {REG_MULTI_SZ, 4, "\0\0\0\0", "\"X\": []"},
    {REG_MULTI_SZ, 2, "\0\0", "\"hex\": \"00 00\""},
    {REG_MULTI_SZ, 6, "a\0b\0c\0", "\"hex\": \"61 00 62 00 63 00\""},
    {REG_BINARY, 2, "\x0a\xff", "\"REG_BINARY\": \"0a ff\""},
    {REG_BINARY, 0, "", "\"REG_BINARY\": \"\""},
    {REG_NONE, 1, "\x7f", "\"REG_NONE\": \"7f\""},
    {REG_LINK, 4, "a\0\0\0", "\"REG_LINK\": \"a\""},
    {REG_RESOURCE_LIST, 1, "\1", "\"REG_RESOURCE_LIST\": \"01\""},
};

/* Nothing is lost, whatever the bytes, even after the text was read again. */
START_TEST(any_bytes_come_back_as_they_were)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        UCHAR bytes[16];
        ULONG size, type;
        if (pass == 0)
            ck_status_eq(WdfRegistryAssignValue(key, NAME("X"), assigned[_i].type,
                                                assigned[_i].size, (PVOID)assigned[_i].bytes),
                         STATUS_SUCCESS);
        else
            configure(configuration());
        ck_status_eq(WdfRegistryQueryValue(key, NAME("X"), sizeof(bytes), bytes, &size, &type),
                     STATUS_SUCCESS);
        ck_assert_uint_eq(type, assigned[_i].type);
        ck_assert_uint_eq(size, assigned[_i].size);
        ck_assert(size == 0 || memcmp(bytes, assigned[_i].bytes, size) == 0);
        ck_assert_msg(strstr(configuration(), assigned[_i].form) != NULL, "%s is not in %s",
                      assigned[_i].form, configuration());
    }
}
END_TEST

START_TEST(a_type_that_nobody_knows_is_refused)
{
    ck_status_eq(WdfRegistryAssignValue(key, NAME("X"), 12, 1, "a"), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryAssignValue(key, NAME("X"), REG_BINARY, 1, NULL),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(texts_are_assigned_with_their_zero)
{
    WDFSTRING string, empty;
    ULONG size;
    ck_status_eq(WdfStringCreate(NAME("abc"), NULL, &string), STATUS_SUCCESS);
    ck_status_eq(WdfStringCreate(NULL, NULL, &empty), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignUnicodeString(key, NAME("One"), NAME("ab")), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignString(key, NAME("Two"), string), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignString(key, NAME("Three"), empty), STATUS_SUCCESS);
    WdfRegistryQueryValue(key, NAME("One"), 0, NULL, &size, NULL);
    ck_assert_uint_eq(size, 6);
    WdfRegistryQueryValue(key, NAME("Two"), 0, NULL, &size, NULL);
    ck_assert_uint_eq(size, 8);
    WdfRegistryQueryValue(key, NAME("Three"), 0, NULL, &size, NULL);
    ck_assert_uint_eq(size, 2);
    ck_assert_ptr_nonnull(strstr(configuration(), "\"Two\": \"abc\""));
}
END_TEST

START_TEST(a_collection_of_strings_is_assigned_and_read_again)
{
    WDFCOLLECTION strings, again;
    WDFSTRING string;
    ck_status_eq(WdfCollectionCreate(NULL, &strings), STATUS_SUCCESS);
    ck_status_eq(WdfCollectionCreate(NULL, &again), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignMultiString(key, NAME("Tones"), strings), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryMultiString(key, NAME("Tones"), NULL, again), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfCollectionGetCount(again), 0);
    ck_status_eq(WdfStringCreate(NAME("do"), NULL, &string), STATUS_SUCCESS);
    ck_status_eq(WdfCollectionAdd(strings, string), STATUS_SUCCESS);
    ck_status_eq(WdfStringCreate(NAME("re"), NULL, &string), STATUS_SUCCESS);
    ck_status_eq(WdfCollectionAdd(strings, string), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignMultiString(key, NAME("Tones"), strings), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryMultiString(key, NAME("Tones"), NULL, again), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfCollectionGetCount(again), 2);
    expect_string(WdfCollectionGetItem(again, 1), L"re");
    ck_status_eq(WdfCollectionAdd(strings, key), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignMultiString(key, NAME("Tones"), strings),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

static const struct {
    size_t offset, length;
    NTSTATUS status;
    const char *form;
} parts[] = {
    {0, 0, STATUS_SUCCESS, "61 62 63 64"},
    {1, 0, STATUS_SUCCESS, "62 63 64"},
    {1, 2, STATUS_SUCCESS, "62 63"},
    {4, 0, STATUS_SUCCESS, "\"\""},
    {0, 5, STATUS_INTEGER_OVERFLOW, NULL},
    {5, 0, STATUS_INTEGER_OVERFLOW, NULL},
    {2, SIZE_MAX, STATUS_INTEGER_OVERFLOW, NULL},
};

/* S8.26 */
START_TEST(a_part_of_memory_can_be_assigned)
{
    static UCHAR bytes[] = {'a', 'b', 'c', 'd'};
    WDFMEMORY memory;
    WDFMEMORY_OFFSET part = {parts[_i].offset, parts[_i].length};
    char form[64];
    ck_status_eq(WdfMemoryCreatePreallocated(NULL, bytes, sizeof(bytes), &memory), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignMemory(key, NAME("M"), REG_BINARY, memory, &part),
                 parts[_i].status);
    if (parts[_i].form == NULL)
        return;
    snprintf(form, sizeof(form), "%s%s", parts[_i].form[0] == '"' ? "" : "\"REG_BINARY\": \"",
             parts[_i].form);
    ck_assert_msg(strstr(configuration(), form) != NULL, "%s is not in %s", form, configuration());
}
END_TEST

START_TEST(a_removed_value_is_gone)
{
    ULONG value;
    ck_status_eq(WdfRegistryRemoveValue(key, NAME("DELAY")), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(key, NAME("Delay"), &value), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(WdfRegistryRemoveValue(key, NAME("Delay")), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(WdfRegistryRemoveValue(key, NAME("Ports")), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_value_cannot_take_the_name_of_a_key)
{
    ck_status_eq(WdfRegistryAssignULong(key, NAME("ports"), 1), STATUS_OBJECT_NAME_COLLISION);
}
END_TEST

/* ---- keys ---- */

START_TEST(keys_are_made_opened_and_removed)
{
    WDFKEY made, again;
    ULONG disposition;
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Sub"), KEY_READ, NULL, &made),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_null(made);
    ck_status_eq(WdfRegistryCreateKey(key, NAME("Sub"), KEY_ALL_ACCESS, REG_OPTION_NON_VOLATILE,
                                      &disposition, NULL, &made),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(disposition, REG_CREATED_NEW_KEY);
    ck_status_eq(
        WdfRegistryCreateKey(key, NAME("SUB"), KEY_ALL_ACCESS, 0, &disposition, NULL, &again),
        STATUS_SUCCESS);
    ck_assert_uint_eq(disposition, REG_OPENED_EXISTING_KEY);
    ck_status_eq(WdfRegistryAssignULong(made, NAME("A"), 1), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(configuration(), "\"Sub\": {\n            \"A\": 1"));
    ck_status_eq(WdfRegistryRemoveKey(made), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(again, NAME("A"), 1), STATUS_KEY_DELETED);
    ULONG value;
    ck_status_eq(WdfRegistryQueryULong(again, NAME("A"), &value), STATUS_KEY_DELETED);
    WdfRegistryClose(again);
    ck_assert_ptr_null(strstr(configuration(), "Sub"));
}
END_TEST

START_TEST(only_the_last_key_of_a_name_is_made)
{
    WDFKEY made;
    ck_status_eq(WdfRegistryCreateKey(key, NAME("A\\B"), KEY_READ, 0, NULL, NULL, &made),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(WdfRegistryCreateKey(key, NAME("Ports\\COM2"), KEY_READ, 0, NULL, NULL, &made),
                 STATUS_SUCCESS);
}
END_TEST

START_TEST(a_key_with_keys_below_it_stays)
{
    WDFKEY ports;
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Ports"), DELETE, NULL, &ports), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveKey(ports), STATUS_CANNOT_DELETE);
    ck_status_eq(WdfRegistryRemoveKey(key), STATUS_CANNOT_DELETE);
}
END_TEST

START_TEST(a_key_cannot_take_the_name_of_a_value)
{
    WDFKEY made;
    ck_status_eq(WdfRegistryCreateKey(key, NAME("Delay"), KEY_READ, 0, NULL, NULL, &made),
                 STATUS_OBJECT_NAME_COLLISION);
}
END_TEST

START_TEST(the_registry_path_of_the_driver_leads_to_its_keys)
{
    WCHAR path[200];
    UNICODE_STRING name;
    WDFKEY opened;
    ULONG value;
    RtlInitUnicodeString(&name, WdfDriverGetRegistryPath(WdfGetDriver()));
    ck_status_eq(WdfRegistryOpenKey(NULL, &name, KEY_READ, NULL, &opened), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryOpenKey(opened, NAME("Parameters"), KEY_READ, NULL, &opened),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(opened, NAME("Delay"), &value), STATUS_SUCCESS);
    UNICODE_STRING longer = {.Length = 0, .MaximumLength = sizeof(path), .Buffer = path};
    RtlCopyUnicodeString(&longer, &name);
    RtlAppendUnicodeToString(&longer, L"\\parameters\\Ports");
    ck_status_eq(WdfRegistryOpenKey(NULL, &longer, KEY_READ, NULL, &opened), STATUS_SUCCESS);
    RtlCopyUnicodeString(&longer, &name);
    RtlAppendUnicodeToString(&longer, L"2\\Parameters");
    ck_status_eq(WdfRegistryOpenKey(NULL, &longer, KEY_READ, NULL, &opened),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(
        WdfRegistryOpenKey(NULL, NAME("\\Registry\\Machine\\Software"), KEY_READ, NULL, &opened),
        STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(WdfRegistryOpenKey(NULL, NAME("Parameters"), KEY_READ, NULL, &opened),
                 STATUS_OBJECT_PATH_SYNTAX_BAD);
}
END_TEST

START_TEST(a_volatile_key_is_in_no_text)
{
    WDFKEY made, below;
    ULONG value, disposition;
    ck_status_eq(WdfRegistryCreateKey(key, NAME("Now"), KEY_ALL_ACCESS, REG_OPTION_VOLATILE, NULL,
                                      NULL, &made),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(made, NAME("A"), 1), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryCreateKey(made, NAME("B"), KEY_READ, 0, NULL, NULL, &below),
                 STATUS_CHILD_MUST_BE_VOLATILE);
    ck_status_eq(WdfRegistryCreateKey(made, NAME("B"), KEY_ALL_ACCESS, REG_OPTION_VOLATILE, NULL,
                                      NULL, &below),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryCreateKey(key, NAME("now"), KEY_READ, 0, &disposition, NULL, &below),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(disposition, REG_OPENED_EXISTING_KEY);
    ck_status_eq(WdfRegistryQueryULong(below, NAME("A"), &value), STATUS_SUCCESS);
    ck_assert_ptr_null(strstr(configuration(), "Now"));
    ck_status_eq(WdfRegistryRemoveKey(made), STATUS_CANNOT_DELETE);
    ck_status_eq(WdfRegistryOpenKey(made, NAME("B"), DELETE, NULL, &below), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveKey(below), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveKey(made), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_stored_key_with_a_volatile_one_below_it_stays)
{
    WDFKEY stored, made;
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Ports\\COM1"), KEY_ALL_ACCESS, NULL, &stored),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryCreateKey(stored, NAME("Now"), KEY_ALL_ACCESS, REG_OPTION_VOLATILE,
                                      NULL, NULL, &made),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveKey(stored), STATUS_CANNOT_DELETE);
    ck_status_eq(WdfRegistryRemoveKey(made), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveKey(stored), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Ports\\COM1"), KEY_READ, NULL, &made),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(the_driver_and_the_device_have_keys_of_their_own)
{
    WDFDEVICE handle = WdfuseInprocGetDevice(device);
    WDFKEY state, of_device, of_driver, map;
    ck_status_eq(
        WdfDriverOpenPersistentStateRegistryKey(WdfGetDriver(), KEY_ALL_ACCESS, NULL, &state),
        STATUS_SUCCESS);
    ck_status_eq(
        WdfDeviceOpenRegistryKey(handle, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS, NULL, &of_device),
        STATUS_SUCCESS);
    ck_status_eq(WdfDeviceOpenRegistryKey(handle, PLUGPLAY_REGKEY_DRIVER | 256, KEY_ALL_ACCESS,
                                          NULL, &of_driver),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceOpenDevicemapKey(handle, NAME("SERIALCOMM"), KEY_ALL_ACCESS, NULL, &map),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(state, NAME("A"), 1), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(of_device, NAME("A"), 2), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(of_driver, NAME("A"), 3), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignUnicodeString(map, NAME("\\Device\\Serial0"), NAME("COM1")),
                 STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(configuration(), "\"State\": {\n        \"A\": 1"));
    ck_assert_ptr_nonnull(strstr(configuration(), "\"Device Parameters\": {\n        \"A\": 2"));
    ck_assert_ptr_nonnull(strstr(configuration(), "\"Driver\": {\n        \"A\": 3"));
    ck_assert_ptr_null(strstr(configuration(), "Serial0"));
    ck_assert_ptr_null(strstr(configuration(), "SERIALCOMM"));
}
END_TEST

static NTSTATUS keys_of_init[3];

static NTSTATUS open_keys_before_the_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFKEY opened;
    keys_of_init[0] = WdfFdoInitOpenRegistryKey(DeviceInit, PLUGPLAY_REGKEY_DRIVER, KEY_ALL_ACCESS,
                                                NULL, &opened);
    if (NT_SUCCESS(keys_of_init[0]))
        ck_status_eq(WdfRegistryAssignULong(opened, NAME("Early"), 9), STATUS_SUCCESS);
    keys_of_init[1] = WdfFdoInitOpenRegistryKey(DeviceInit, 0, KEY_READ, NULL, &opened);
    PWDFDEVICE_INIT control = WdfControlDeviceInitAllocate(Driver, &SDDL_DEVOBJ_SYS_ALL_ADM_ALL);
    keys_of_init[2] =
        WdfFdoInitOpenRegistryKey(control, PLUGPLAY_REGKEY_DRIVER, KEY_READ, NULL, &opened);
    WdfDeviceInitFree(control);
    return add_bare_device(Driver, DeviceInit);
}

START_TEST(a_device_that_is_not_there_yet_has_its_keys)
{
    device_stop();
    device_start_with(open_keys_before_the_device);
    ck_status_eq(keys_of_init[0], STATUS_SUCCESS);
    ck_status_eq(keys_of_init[1], STATUS_INVALID_PARAMETER);
    ck_status_eq(keys_of_init[2], STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(configuration(), "\"Driver\": {\n        \"Early\": 9"));
}
END_TEST

START_TEST(a_device_has_two_keys_and_no_more)
{
    WDFDEVICE handle = WdfuseInprocGetDevice(device);
    static const ULONG wrong[] = {0, 4, 3, 8 | PLUGPLAY_REGKEY_DEVICE, 256};
    WDFKEY opened;
    for (unsigned i = 0; i < RTL_NUMBER_OF(wrong); i++)
        ck_status_eq(WdfDeviceOpenRegistryKey(handle, wrong[i], KEY_READ, NULL, &opened),
                     STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceOpenDevicemapKey(handle, NAME(""), KEY_READ, NULL, &opened),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

/* ---- threads ---- */

static atomic_uint refused;

static void change_and_read(void *argument)
{
    WDFKEY own = parameters(KEY_ALL_ACCESS);
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, argument);
    for (ULONG i = 0; i < 300; i++) {
        ULONG value = 0;
        refused += !NT_SUCCESS(WdfRegistryAssignULong(own, &name, i));
        refused += !NT_SUCCESS(WdfRegistryQueryULong(own, &name, &value)) || value != i;
        refused += !NT_SUCCESS(WdfRegistryQueryULong(own, NAME("Delay"), &value)) || value != 5;
    }
    refused += !NT_SUCCESS(WdfRegistryRemoveValue(own, &name));
    WdfRegistryClose(own);
}

START_TEST(several_threads_change_values_without_a_loss)
{
    static WCHAR names[][8] = {L"One", L"Two", L"Three"};
    struct port_thread threads[RTL_NUMBER_OF(names)];
    refused = 0;
    for (unsigned i = 0; i < RTL_NUMBER_OF(names); i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "registry", change_and_read, names[i]), 0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(names); i++)
        port_thread_join(&threads[i]);
    ck_assert_uint_eq(refused, 0);
}
END_TEST

/* ---- refusals ---- */

/* User-mode handles are checked. */
START_TEST(a_key_gives_a_umdf_driver_the_rights_it_was_opened_with)
{
    device_stop();
    device_start_driver(umdf_driver_entry);
    WDFKEY reading = parameters(KEY_READ), writing = parameters(KEY_SET_VALUE), made;
    ULONG value;
    ck_status_eq(WdfRegistryAssignULong(reading, NAME("Delay"), 1), STATUS_ACCESS_DENIED);
    ck_status_eq(WdfRegistryRemoveValue(reading, NAME("Delay")), STATUS_ACCESS_DENIED);
    ck_status_eq(WdfRegistryRemoveKey(reading), STATUS_ACCESS_DENIED);
    ck_status_eq(WdfRegistryCreateKey(reading, NAME("Sub"), KEY_READ, 0, NULL, NULL, &made),
                 STATUS_ACCESS_DENIED);
    /* An existing one is only opened. */
    ck_status_eq(WdfRegistryCreateKey(reading, NAME("Ports"), KEY_READ, 0, NULL, NULL, &made),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(writing, NAME("Delay"), &value), STATUS_ACCESS_DENIED);
    ck_status_eq(WdfRegistryQueryULong(parameters(GENERIC_READ), NAME("Delay"), &value),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(parameters(GENERIC_WRITE), NAME("Delay"), 1),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryAssignULong(parameters(MAXIMUM_ALLOWED), NAME("Delay"), 1),
                 STATUS_SUCCESS);
}
END_TEST

/* Kernel handles are not. */
START_TEST(a_key_gives_a_kmdf_driver_every_right)
{
    WDFKEY reading = parameters(KEY_READ), writing = parameters(KEY_SET_VALUE), made;
    ULONG value;
    ck_status_eq(WdfRegistryAssignULong(reading, NAME("Delay"), 1), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(writing, NAME("Delay"), &value), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveValue(reading, NAME("Delay")), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryCreateKey(reading, NAME("Sub"), KEY_READ, 0, NULL, NULL, &made),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryRemoveKey(made), STATUS_SUCCESS);
}
END_TEST

START_TEST(names_that_cannot_be_are_refused)
{
    static WCHAR long_name[300];
    WDFKEY opened;
    ULONG value;
    for (unsigned i = 0; i < 299; i++)
        long_name[i] = 'a';
    UNICODE_STRING odd = {.Length = 3, .MaximumLength = 4, .Buffer = L"a"};
    UNICODE_STRING beyond = {.Length = 4, .MaximumLength = 2, .Buffer = L"a"};
    UNICODE_STRING null = {.Length = 2, .MaximumLength = 2, .Buffer = NULL};
    UNICODE_STRING zero = {.Length = 4, .MaximumLength = 4, .Buffer = L"\0a"};
    UNICODE_STRING too_long;
    RtlInitUnicodeString(&too_long, long_name);
    ck_status_eq(WdfRegistryQueryULong(key, &odd, &value), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryQueryULong(key, &beyond, &value), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryQueryULong(key, &null, &value), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryQueryULong(key, &zero, &value), STATUS_OBJECT_NAME_INVALID);
    ck_status_eq(WdfRegistryAssignULong(key, &too_long, 1), STATUS_OBJECT_NAME_INVALID);
    ck_status_eq(WdfRegistryAssignULong(key, NAME("REG_SZ"), 1), STATUS_OBJECT_NAME_INVALID);
    ck_status_eq(WdfRegistryOpenKey(key, &odd, KEY_READ, NULL, &opened), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryOpenKey(key, &zero, KEY_READ, NULL, &opened),
                 STATUS_OBJECT_NAME_INVALID);
    ck_status_eq(WdfRegistryOpenKey(key, &too_long, KEY_READ, NULL, &opened),
                 STATUS_OBJECT_NAME_INVALID);
    ck_status_eq(WdfRegistryCreateKey(key, NAME("reg_x"), KEY_READ, 0, NULL, NULL, &opened),
                 STATUS_OBJECT_NAME_INVALID);
    ck_status_eq(WdfRegistryOpenKey(key, NAME("\\Ports"), KEY_READ, NULL, &opened),
                 STATUS_OBJECT_PATH_SYNTAX_BAD);
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Ports\\\\COM1"), KEY_READ, NULL, &opened),
                 STATUS_OBJECT_PATH_SYNTAX_BAD);
    ck_status_eq(WdfRegistryOpenKey(key, NAME(""), KEY_READ, NULL, &opened), STATUS_SUCCESS);
    ck_status_eq(WdfRegistryCreateKey(key, NAME("A"), KEY_READ, 2, NULL, NULL, &opened),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

/* S1.25, S1.26 */
START_TEST(the_attributes_of_a_key_are_checked_first)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFKEY opened;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    ck_status_eq(WdfRegistryCreateKey(key, NAME("New"), KEY_READ, 0, NULL, &attributes, &opened),
                 STATUS_WDF_EXECUTION_LEVEL_INVALID);
    ck_assert_ptr_null(strstr(configuration(), "New"));
    ck_status_eq(WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_READ, &attributes, &opened),
                 STATUS_WDF_EXECUTION_LEVEL_INVALID);
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Ports"), KEY_READ, &attributes, &opened),
                 STATUS_WDF_EXECUTION_LEVEL_INVALID);
}
END_TEST

/* S13.7 */
START_TEST(above_passive_level_every_call_is_refused)
{
    WDFSPINLOCK lock;
    WDFKEY opened;
    ULONG value;
    ck_status_eq(WdfSpinLockCreate(NULL, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    ck_status_eq(WdfRegistryQueryULong(key, NAME("Delay"), &value), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfRegistryAssignULong(key, NAME("Delay"), 1), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfRegistryOpenKey(key, NAME("Ports"), KEY_READ, NULL, &opened),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfRegistryRemoveKey(key), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_READ, NULL, &opened),
                 STATUS_INVALID_DEVICE_REQUEST);
    WdfRegistryClose(key);
    WdfSpinLockRelease(lock);
    ck_status_eq(WdfRegistryQueryULong(key, NAME("Delay"), &value), STATUS_SUCCESS);
}
END_TEST

/* S1.2 */
START_TEST(a_handle_of_another_type_is_a_bug_check)
{
    (void)WdfRegistryAssignULong((WDFKEY)WdfGetDriver(), NAME("Delay"), 1);
}
END_TEST

/* S1.3 */
START_TEST(a_missing_name_is_a_bug_check)
{
    ULONG value;
    (void)WdfRegistryQueryULong(key, NULL, &value);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("registry");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_integer_is_a_dword);
    tcase_add_test(tests, names_are_found_in_any_letter_case);
    tcase_add_test(tests, the_empty_name_is_the_default_value);
    tcase_add_loop_test(tests, a_value_is_read_as_its_type_and_no_other, 0, RTL_NUMBER_OF(kinds));
    tcase_add_loop_test(tests, every_value_has_its_type_and_its_bytes, 0, RTL_NUMBER_OF(kinds));
    tcase_add_test(tests, a_buffer_that_is_too_small_is_an_overflow_that_tells_the_length);
    tcase_add_test(tests, bytes_are_read_into_memory_of_their_length);
    tcase_add_test(tests, a_text_fits_with_its_zero_and_counts_without);
    tcase_add_test(tests, a_multi_string_becomes_a_string_each);
    tcase_add_test(tests, what_is_assigned_is_read_again_and_stands_in_the_text);
    tcase_add_test(tests, a_configuration_outlives_the_driver);
    tcase_add_loop_test(tests, any_bytes_come_back_as_they_were, 0, RTL_NUMBER_OF(assigned));
    tcase_add_test(tests, a_type_that_nobody_knows_is_refused);
    tcase_add_test(tests, texts_are_assigned_with_their_zero);
    tcase_add_test(tests, a_collection_of_strings_is_assigned_and_read_again);
    tcase_add_loop_test(tests, a_part_of_memory_can_be_assigned, 0, RTL_NUMBER_OF(parts));
    tcase_add_test(tests, a_removed_value_is_gone);
    tcase_add_test(tests, a_value_cannot_take_the_name_of_a_key);
    tcase_add_test(tests, keys_are_made_opened_and_removed);
    tcase_add_test(tests, only_the_last_key_of_a_name_is_made);
    tcase_add_test(tests, a_key_with_keys_below_it_stays);
    tcase_add_test(tests, a_key_cannot_take_the_name_of_a_value);
    tcase_add_test(tests, the_registry_path_of_the_driver_leads_to_its_keys);
    tcase_add_test(tests, a_volatile_key_is_in_no_text);
    tcase_add_test(tests, a_stored_key_with_a_volatile_one_below_it_stays);
    tcase_add_test(tests, the_driver_and_the_device_have_keys_of_their_own);
    tcase_add_test(tests, a_device_that_is_not_there_yet_has_its_keys);
    tcase_add_test(tests, a_device_has_two_keys_and_no_more);
    tcase_add_test(tests, several_threads_change_values_without_a_loss);
    tcase_add_test(tests, a_key_gives_a_umdf_driver_the_rights_it_was_opened_with);
    tcase_add_test(tests, a_key_gives_a_kmdf_driver_every_right);
    tcase_add_test(tests, names_that_cannot_be_are_refused);
    tcase_add_test(tests, the_attributes_of_a_key_are_checked_first);
    tcase_add_test(tests, above_passive_level_every_call_is_refused);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test_raise_signal(tests, a_handle_of_another_type_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, a_missing_name_is_a_bug_check, SIGABRT);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
