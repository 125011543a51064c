/*
 * The text of a configuration: what is rejected and how, that malformed files of every kind change
 * nothing, and what happens without memory or with a file that cannot be written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "device.h"
#include "failing_heap.h"
#include "framework/object/identity.h"
#include "framework/registry/configuration.h"
#include "unit.h"

static char error[CONFIGURATION_ERROR_SIZE];
static struct configuration own = CONFIGURATION_INITIALIZER;
static struct configuration *configuration = &own; /* or the driver's */

static void setup(void)
{
    keep_log();
    /* Its allocations also come from the heap that fails. */
    json_set_alloc_funcs(malloc, free);
    ck_status_eq(configuration_load(configuration, NULL, 0, NULL, error), STATUS_SUCCESS);
}

static NTSTATUS load(const char *text)
{
    memset(error, 0, sizeof(error));
    return configuration_load(configuration, text, strlen(text), NULL, error);
}

/* ---- what is rejected ---- */

static const struct {
    const char *text;
    const char *error; /* what it must name */
} wrong[] = {
    {"", "line 1: "},
    {"{\n\"Parameters\": {\n\"A\": 1,,}}", "line 3: "},
    {"{\"A\": \n\n tru}", "line 3: "},
    {"{} x", "line 1: "},
    {"[]", "object"},
    {"5", "line 1: "},
    {"{\"REG_SZ\": \"a\"}", "object"},
    {"{\"Parameters\": 5}", "Parameters: it must be a key"},
    {"{\"State\": {\"REG_DWORD\": 5}}", "State: it must be a key"},
    {"{\"Parameters\": {\"A\": null}}", "Parameters\\A: null"},
    {"{\"Parameters\": {\"A\": 1.5}}", "Parameters\\A: null and fractions"},
    {"{\"Parameters\": {\"A\": 4294967296}}", "REG_QWORD"},
    {"{\"Parameters\": {\"A\": -2147483649}}", "REG_QWORD"},
    {"{\"Parameters\": {\"A\": 99999999999999999999}}", "line 1: "},
    {"{\"Parameters\": {\"A\": [1]}}", "Parameters\\A: an array must hold strings"},
    {"{\"Parameters\": {\"A\": [\"\"]}}", "Parameters\\A: an empty string"},
    {"{\"Parameters\": {\"A\": {\"REG_QWROD\": 1}}}", "Parameters\\A: there is no such type"},
    {"{\"Parameters\": {\"A\": {\"REG_QWORD\": \"12\"}}}", "Parameters\\A: it must be an integer"},
    {"{\"Parameters\": {\"A\": {\"REG_QWORD\": \"0x\"}}}", "Parameters\\A"},
    {"{\"Parameters\": {\"A\": {\"REG_QWORD\": \"0x1ffffffffffffffff\"}}}", "Parameters\\A"},
    {"{\"Parameters\": {\"A\": {\"REG_BINARY\": \"0\"}}}", "Parameters\\A: bytes are pairs"},
    {"{\"Parameters\": {\"A\": {\"REG_BINARY\": \"0g\"}}}", "Parameters\\A: bytes are pairs"},
    {"{\"Parameters\": {\"A\": {\"REG_BINARY\": [0]}}}", "Parameters\\A: bytes are pairs"},
    {"{\"Parameters\": {\"A\": {\"REG_SZ\": 5}}}", "Parameters\\A: it must be a string"},
    {"{\"Parameters\": {\"A\": {\"REG_SZ\": {\"hex\": 5}}}}", "Parameters\\A: bytes are pairs"},
    {"{\"Parameters\": {\"A\": {\"REG_MULTI_SZ\": \"a\"}}}", "Parameters\\A: it must be an array"},
    {"{\"Parameters\": {\"A\": {\"B\": 1, \"REG_SZ\": \"a\"}}}",
     "Parameters\\A\\REG_SZ: names that begin"},
    {"{\"Parameters\": {\"A\": 1, \"A\": 2}}", "line 1: duplicate"},
    {"{\"Parameters\": {\"Abc\": 1, \"aBC\": 2}}", "Parameters\\aBC: there are two"},
    {"{\"Parameters\": {\"\\u00e4\": 1, \"\\u00c4\": 2}}", "there are two"},
    {"{\"parameters\": {}, \"Parameters\": {}}", "there are two"},
    {"{\"Parameters\": {\"A\\\\B\": {}}}", "backslash"},
    {"{\"Parameters\": {\"\": {}}}", "not empty"},
    {"{\"Parameters\": {\"A\\u0000B\": 1}}", "line 1: "},
    {"{\"Parameters\": {\"A\": \"B\\u0000\"}}", "line 1: "},
    {"{\"Parameters\": {\"A\": \"\xff\"}}", "line 1: "},
};

START_TEST(a_text_that_is_none_is_refused_with_the_place)
{
    struct registry_value value;
    ck_status_eq(load("{\"Parameters\": {\"Kept\": 1}}"), STATUS_SUCCESS);
    ck_status_eq(load(wrong[_i].text), STATUS_REGISTRY_CORRUPT);
    ck_assert_msg(strstr(error, wrong[_i].error) != NULL, "'%s' should name '%s'", error,
                  wrong[_i].error);
    ck_assert_ptr_null(strchr(error, '\n'));
    /* Nothing has changed. */
    ck_status_eq(configuration_query(configuration, CONFIGURATION_PARAMETERS, "Kept", &value),
                 STATUS_SUCCESS);
    registry_value_clear(&value);
}
END_TEST

static const char *const right[] = {
    "{}",
    " {\n}\n",
    "{\"parameters\": {\"A\": true, \"B\": false, \"C\": -2147483648, \"D\": 4294967295}}",
    "{\"Parameters\": {\"A\\\\B\": 1, \"\": 2, \"Sub\": {\"REG\": {}}}}",
    "{\"Something else\": {\"A\": {}}, \"Loose\": 5}",
    "{\"Parameters\": {\"A\": {\"reg_dword\": \"0xFF\"}, \"B\": {\"REG_BINARY\": \"00ff 01 0203\"}}}",
};

START_TEST(a_text_that_is_one_is_accepted_and_printed_again)
{
    ck_status_eq(load(right[_i]), STATUS_SUCCESS);
    char *text = configuration_text(configuration);
    ck_status_eq(load(text), STATUS_SUCCESS);
    char *again = configuration_text(configuration);
    ck_assert_str_eq(again, text);
    free(again);
    free(text);
}
END_TEST

START_TEST(keys_may_be_deep_but_not_too_deep)
{
    static const unsigned depths[] = {CONFIGURATION_DEPTH_MAX, CONFIGURATION_DEPTH_MAX + 1, 3000,
                                      100000};
    char *text = malloc(100000 * 6 + 16);
    for (unsigned i = 0; i < RTL_NUMBER_OF(depths); i++) {
        char *end = text;
        for (unsigned j = 0; j < depths[i]; j++)
            end += sprintf(end, "{\"a\":");
        end += sprintf(end, "{}");
        memset(end, '}', depths[i]);
        end[depths[i]] = '\0';
        ck_status_eq(load(text), i == 0 ? STATUS_SUCCESS : STATUS_REGISTRY_CORRUPT);
    }
    free(text);
}
END_TEST

/* ---- fuzzing ---- */

static const char seed[] =
    "{\"Parameters\": {\"Delay\": 5, \"Text\": \"h\\u00e9\\ud83d\\ude00\", \"List\": [\"red\", \"green\"],"
    " \"Long\": {\"REG_QWORD\": \"0xffffffffffffffff\"}, \"Blob\": {\"REG_BINARY\": \"00 ff 10\"},"
    " \"Raw\": {\"REG_SZ\": {\"hex\": \"61\"}}, \"Ports\": {\"COM1\": {\"Baud\": 9600, \"On\": true}}},"
    " \"State\": {\"\": -1}}";

/* Whatever was accepted, each value can be read, and the text is accepted again unchanged. */
static void expect_sound(void)
{
    char *text = configuration_text(configuration);
    ck_assert_ptr_nonnull(text);
    ck_status_eq(load(text), STATUS_SUCCESS);
    char *again = configuration_text(configuration);
    ck_assert_str_eq(again, text);
    free(again);
    free(text);
}

/* Bytes are changed, left out, doubled and swapped; tokens of the language are inserted. */
static size_t mutate(char *text, size_t length, size_t capacity)
{
    static const char *const pieces[] = {"{",    "}",       "[",       "]",
                                         "\"",   ":",       ",",       "REG_SZ",
                                         "\\",   "\\u0000", "\"hex\"", "{\"REG_MULTI_SZ\":",
                                         "null", "-",       "1e9",     "\xf0"};
    for (unsigned n = 1 + (unsigned)rand() % 4; n > 0 && length > 0; n--) {
        size_t place = (size_t)rand() % length;
        size_t run = 1 + (size_t)rand() % 8;
        const char *piece = pieces[(size_t)rand() % RTL_NUMBER_OF(pieces)];
        switch (rand() % 4) {
        case 0:
            text[place] = (char)rand();
            break;
        case 1:
            run = min(run, length - place);
            memmove(text + place, text + place + run, length - place - run);
            length -= run;
            break;
        case 2:
            run = min(strlen(piece), capacity - length);
            memmove(text + place + run, text + place, length - place);
            memcpy(text + place, piece, run);
            length += run;
            break;
        default:
            text[place] = text[(size_t)rand() % length];
        }
    }
    return length;
}

START_TEST(no_malformed_text_does_harm)
{
    unsigned accepted = 0;
    srand(20261121);
    for (unsigned i = 0; i < 30000; i++) {
        char text[sizeof(seed) + 128];
        memcpy(text, seed, sizeof(seed));
        size_t length = mutate(text, sizeof(seed) - 1, sizeof(text));
        NTSTATUS status = configuration_load(configuration, text, length, NULL, error);
        ck_assert(status == STATUS_SUCCESS || status == STATUS_REGISTRY_CORRUPT);
        if (status == STATUS_REGISTRY_CORRUPT) {
            ck_assert_msg(error[0] != '\0' && strchr(error, '\n') == NULL, "the reason is '%s'",
                          error);
            continue;
        }
        accepted++;
        expect_sound();
    }
    /* The mutations must not all be of the kind that the parser rejects at once. */
    ck_assert_uint_gt(accepted, 1000);
}
END_TEST

START_TEST(no_text_that_was_cut_off_does_harm)
{
    for (size_t length = 0; length < sizeof(seed) - 1; length++)
        ck_status_eq(configuration_load(configuration, seed, length, NULL, error),
                     STATUS_REGISTRY_CORRUPT);
    ck_status_eq(configuration_load(configuration, seed, sizeof(seed) - 1, NULL, error),
                 STATUS_SUCCESS);
}
END_TEST

/* ---- no memory ---- */

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

#define NAME(literal) ((PCUNICODE_STRING) & (UNICODE_STRING)RTL_CONSTANT_STRING(L"" literal))

/* Counted and checked later: an assertion needs memory. */
static unsigned left_in_collection;

static NTSTATUS read_all(WDFKEY key)
{
    WDFCOLLECTION strings;
    WDFSTRING string;
    WDFMEMORY memory;
    ULONG number;
    NTSTATUS status = WdfCollectionCreate(NULL, &strings);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfRegistryQueryMultiString(key, NAME("List"), NULL, strings);
    if (!NT_SUCCESS(status)) {
        left_in_collection += WdfCollectionGetCount(strings);
    } else {
        while (WdfCollectionGetCount(strings) > 0) {
            WDFOBJECT item = WdfCollectionGetLastItem(strings);
            WdfCollectionRemove(strings, item);
            WdfObjectDelete(item);
        }
    }
    WdfObjectDelete(strings);
    if (NT_SUCCESS(status))
        status = WdfRegistryQueryULong(key, NAME("Delay"), &number);
    if (NT_SUCCESS(status))
        status = WdfRegistryQueryMemory(key, NAME("Blob"), PagedPool, NULL, &memory, NULL);
    if (!NT_SUCCESS(status))
        return status;
    WdfObjectDelete(memory);
    status = WdfStringCreate(NULL, NULL, &string);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfRegistryQueryString(key, NAME("Text"), string);
    WdfObjectDelete(string);
    return status;
}

static NTSTATUS write_all(WDFKEY key)
{
    WDFKEY made;
    NTSTATUS status = WdfRegistryAssignULong(key, NAME("Delay"), 6);
    if (NT_SUCCESS(status))
        status = WdfRegistryAssignUnicodeString(key, NAME("Text"), NAME("new"));
    if (NT_SUCCESS(status))
        status = WdfRegistryAssignValue(key, NAME("Raw"), REG_SZ, 3, "abc");
    if (NT_SUCCESS(status))
        status = WdfRegistryCreateKey(key, NAME("Made"), KEY_ALL_ACCESS, 0, NULL, NULL, &made);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfRegistryRemoveKey(made);
    if (!NT_SUCCESS(status))
        WdfRegistryClose(made);
    return status;
}

static NTSTATUS use_keys(void)
{
    WDFKEY key;
    NTSTATUS status =
        WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_ALL_ACCESS, NULL, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = read_all(key);
    if (NT_SUCCESS(status))
        status = write_all(key);
    WdfRegistryClose(key);
    return status;
}

static void expect_whole(void)
{
    char *text = configuration_text(configuration);
    ck_assert_ptr_nonnull(text);
    ck_status_eq(load(text), STATUS_SUCCESS);
    free(text);
}

START_TEST(without_memory_every_call_says_so_and_nothing_is_half_done)
{
    bool was_refused = true;
    device_start_with(add_bare_device);
    configuration = driver_under_test()->configuration;
    ck_status_eq(load(seed), STATUS_SUCCESS);
    for (unsigned n = 1; was_refused; n++) {
        ck_assert_uint_lt(n, 5000);
        heap_fail(n, _i == 1);
        NTSTATUS status = use_keys();
        was_refused = heap_heal();
        ck_assert_uint_eq(left_in_collection, 0);
        if (was_refused)
            ck_status_eq(status, STATUS_INSUFFICIENT_RESOURCES);
        else
            ck_status_eq(status, STATUS_SUCCESS);
        expect_whole();
    }
    configuration = &own;
    device_stop();
}
END_TEST

START_TEST(without_memory_a_text_is_not_loaded_and_nothing_leaks)
{
    bool was_refused = true;
    for (unsigned n = 1; was_refused; n++) {
        ck_assert_uint_lt(n, 5000);
        ck_status_eq(configuration_load(configuration, NULL, 0, NULL, error), STATUS_SUCCESS);
        heap_fail(n, _i == 1);
        NTSTATUS status = configuration_load(configuration, seed, sizeof(seed) - 1, NULL, error);
        configuration_unload(configuration);
        was_refused = heap_heal();
        /* The parser reports a string for which it has no memory as an error of the text. */
        if (status != STATUS_REGISTRY_CORRUPT || !was_refused)
            ck_status_eq(status, was_refused ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS);
        /* The previous contents are freed: only less may be left. */
        ck_assert_int_le(heap_leaks(), 0);
    }
}
END_TEST

/* ---- the store ---- */

static struct {
    char text[4096]; /* what the "file" holds */
    bool has_changed;
    NTSTATUS begin_status, commit_status;
    unsigned begins, commits, ends;
} file;

static NTSTATUS file_begin(void *context, char **text, size_t *length)
{
    UNREFERENCED_PARAMETER(context);
    *text = NULL;
    if (!NT_SUCCESS(file.begin_status))
        return file.begin_status;
    file.begins++;
    if (file.has_changed) {
        *text = strdup(file.text);
        *length = strlen(file.text);
    }
    file.has_changed = false;
    return STATUS_SUCCESS;
}

static NTSTATUS file_commit(void *context, const char *text, size_t length)
{
    UNREFERENCED_PARAMETER(context);
    file.commits++;
    if (NT_SUCCESS(file.commit_status))
        snprintf(file.text, sizeof(file.text), "%.*s", (int)length, text);
    return file.commit_status;
}

static void file_end(void *context)
{
    UNREFERENCED_PARAMETER(context);
    file.ends++;
}

static const struct configuration_store file_store = {
    .name = "test.json", .begin = file_begin, .commit = file_commit, .end = file_end};

static void setup_file(void)
{
    setup();
    memset(&file, 0, sizeof(file));
    ck_status_eq(
        configuration_load(configuration, "{\"Parameters\": {\"A\": 1}}", 24, &file_store, error),
        STATUS_SUCCESS);
}

static NTSTATUS assign(const char *name, ULONG number)
{
    struct registry_value value = {.type = REG_DWORD, .size = sizeof(number), .bytes = &number};
    return configuration_assign(configuration, CONFIGURATION_PARAMETERS, name, &value);
}

static ULONG query(const char *name)
{
    struct registry_value value;
    ULONG number = 0xABCD; /* nothing there */
    if (configuration_query(configuration, CONFIGURATION_PARAMETERS, name, &value) ==
        STATUS_SUCCESS) {
        memcpy(&number, value.bytes, sizeof(number));
        registry_value_clear(&value);
    }
    return number;
}

START_TEST(each_change_is_in_the_file_when_the_call_returns)
{
    bool existed;
    ck_status_eq(assign("A", 2), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(file.text, "\"A\": 2"));
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0", false, &existed),
                 STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(file.text, "\"Sub\": {}"));
    ck_status_eq(configuration_remove(configuration, "Parameters\0Sub\0"), STATUS_SUCCESS);
    ck_assert_ptr_null(strstr(file.text, "Sub"));
    ck_status_eq(configuration_remove_value(configuration, CONFIGURATION_PARAMETERS, "A"),
                 STATUS_SUCCESS);
    ck_assert_ptr_null(strstr(file.text, "\"A\""));
    ck_assert_uint_eq(file.commits, 4);
    ck_assert_uint_eq(file.ends, 4);
}
END_TEST

START_TEST(a_change_that_cannot_be_written_has_not_happened)
{
    file.commit_status = STATUS_DISK_FULL;
    ck_status_eq(assign("A", 2), STATUS_DISK_FULL);
    ck_assert_uint_eq(query("A"), 1);
    ck_assert_uint_eq(file.ends, 1);
    file.begin_status = STATUS_ACCESS_DENIED;
    ck_status_eq(assign("A", 2), STATUS_ACCESS_DENIED);
    ck_assert_uint_eq(query("A"), 1);
    ck_assert_uint_eq(file.ends, 1);
}
END_TEST

START_TEST(what_somebody_else_wrote_is_kept)
{
    strcpy(file.text, "{\"Parameters\": {\"A\": 5, \"B\": 6}, \"Mine\": {\"C\": 7}}");
    file.has_changed = true;
    ck_status_eq(assign("D", 8), STATUS_SUCCESS);
    ck_assert_uint_eq(query("A"), 5);
    ck_assert_uint_eq(query("B"), 6);
    ck_assert_ptr_nonnull(strstr(file.text, "\"C\": 7"));
    ck_assert_ptr_nonnull(strstr(file.text, "\"D\": 8"));
}
END_TEST

START_TEST(what_somebody_else_broke_is_not_written_over)
{
    strcpy(file.text, "{\"Parameters\": {\"A\": 5,\n}");
    file.has_changed = true;
    ck_status_eq(assign("A", 8), STATUS_REGISTRY_CORRUPT);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "test.json: line 2"));
    ck_assert_uint_eq(file.commits, 0);
    ck_assert_uint_eq(file.ends, 1);
    ck_assert_uint_eq(query("A"), 1);
}
END_TEST

START_TEST(a_key_that_somebody_else_removed_is_gone)
{
    bool existed;
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0", false, &existed),
                 STATUS_SUCCESS);
    strcpy(file.text, "{}");
    file.has_changed = true;
    struct registry_value value = {.type = REG_BINARY};
    ck_status_eq(configuration_assign(configuration, "Parameters\0Sub\0", "A", &value),
                 STATUS_KEY_DELETED);
    ck_status_eq(configuration_open(configuration, "Parameters\0Sub\0"),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(volatile_keys_never_reach_the_file)
{
    bool existed;
    ck_status_eq(configuration_create(configuration, "Parameters\0Now\0", true, &existed),
                 STATUS_SUCCESS);
    struct registry_value value = {.type = REG_BINARY};
    ck_status_eq(configuration_assign(configuration, "Parameters\0Now\0", "A", &value),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(file.begins, 0);
    ck_status_eq(assign("A", 2), STATUS_SUCCESS);
    ck_assert_ptr_null(strstr(file.text, "Now"));
}
END_TEST

/* What an INF has installed (S20.24, S20.27): below the file, never in it. */
static void set_defaults(const char *text)
{
    ck_status_eq(configuration_set_defaults(configuration, text, strlen(text), error),
                 STATUS_SUCCESS);
}

START_TEST(a_default_is_read_where_the_file_says_nothing)
{
    bool existed;
    set_defaults("{\"Parameters\": {\"a\": 7, \"B\": 8, \"Sub\": {\"C\": 9}}}");
    ck_assert_uint_eq(query("A"), 1);
    ck_assert_uint_eq(query("b"), 8);
    ck_status_eq(configuration_open(configuration, "Parameters\0sub\0"), STATUS_SUCCESS);
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0", false, &existed),
                 STATUS_SUCCESS);
    ck_assert(existed);
    ck_assert_uint_eq(file.commits, 0);
}
END_TEST

START_TEST(a_change_leaves_the_defaults_out_of_the_file)
{
    struct registry_value value;
    ULONG number = 3;
    struct registry_value other = {.type = REG_DWORD, .size = sizeof(number), .bytes = &number};
    set_defaults("{\"Parameters\": {\"B\": 8, \"Sub\": {\"C\": 9, \"D\": 10}}}");
    ck_status_eq(configuration_assign(configuration, "Parameters\0Sub\0", "C", &other),
                 STATUS_SUCCESS);
    ck_assert_ptr_nonnull(strstr(file.text, "\"C\": 3"));
    ck_assert_ptr_null(strstr(file.text, "\"D\""));
    ck_assert_ptr_null(strstr(file.text, "\"B\""));
    ck_status_eq(configuration_query(configuration, "Parameters\0Sub\0", "d", &value),
                 STATUS_SUCCESS);
    registry_value_clear(&value);
    ck_assert_uint_eq(query("B"), 8);
}
END_TEST

START_TEST(defaults_stay_when_somebody_else_writes_the_file)
{
    set_defaults("{\"Parameters\": {\"B\": 8}}");
    snprintf(file.text, sizeof(file.text), "{\"Parameters\": {\"A\": 5}}");
    file.has_changed = true;
    ck_status_eq(assign("X", 2), STATUS_SUCCESS);
    ck_assert_uint_eq(query("A"), 5);
    ck_assert_uint_eq(query("B"), 8);
}
END_TEST

START_TEST(a_default_that_is_deleted_is_gone)
{
    struct registry_value value;
    bool existed;
    set_defaults("{\"Parameters\": {\"A\": 7, \"B\": 8, \"Sub\": {\"Deep\": {}}}}");
    ck_status_eq(configuration_remove_value(configuration, CONFIGURATION_PARAMETERS, "B"),
                 STATUS_SUCCESS);
    ck_status_eq(configuration_remove_value(configuration, CONFIGURATION_PARAMETERS, "B"),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(configuration_remove_value(configuration, CONFIGURATION_PARAMETERS, "A"),
                 STATUS_SUCCESS);
    ck_status_eq(configuration_query(configuration, CONFIGURATION_PARAMETERS, "A", &value),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(configuration_remove(configuration, "Parameters\0Sub\0"), STATUS_CANNOT_DELETE);
    ck_status_eq(configuration_remove(configuration, "Parameters\0Sub\0Deep\0"), STATUS_SUCCESS);
    ck_status_eq(configuration_remove(configuration, "Parameters\0Sub\0"), STATUS_SUCCESS);
    ck_status_eq(configuration_open(configuration, "Parameters\0Sub\0"),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0", false, &existed),
                 STATUS_SUCCESS);
    ck_assert(!existed);
}
END_TEST

START_TEST(a_key_below_a_default_one_may_be_made)
{
    bool existed;
    set_defaults("{\"Parameters\": {\"Sub\": {\"Value\": 1}}}");
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0New\0", false, &existed),
                 STATUS_SUCCESS);
    ck_assert(!existed);
    ck_assert_ptr_nonnull(strstr(file.text, "\"New\": {}"));
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0Value\0", false, &existed),
                 STATUS_OBJECT_NAME_COLLISION);
    ck_status_eq(configuration_create(configuration, "Parameters\0Sub\0Now\0", true, &existed),
                 STATUS_SUCCESS);
    ck_status_eq(configuration_create(configuration, "Other\0Sub\0", false, &existed),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_store_that_fails_keeps_the_default)
{
    set_defaults("{\"Parameters\": {\"A\": 7}}");
    file.commit_status = STATUS_DISK_FULL;
    ck_status_eq(configuration_remove_value(configuration, CONFIGURATION_PARAMETERS, "A"),
                 STATUS_DISK_FULL);
    ck_assert_uint_eq(query("A"), 1);
    ck_status_eq(configuration_set_defaults(configuration, "[]", 2, error),
                 STATUS_REGISTRY_CORRUPT);
    ck_status_eq(configuration_load(configuration, NULL, 0, NULL, error), STATUS_SUCCESS);
    ck_assert_uint_eq(query("A"), 0xABCD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("configuration");
    TCase *texts = tcase_create("texts");
    tcase_add_checked_fixture(texts, setup, NULL);
    tcase_add_loop_test(texts, a_text_that_is_none_is_refused_with_the_place, 0,
                        RTL_NUMBER_OF(wrong));
    tcase_add_loop_test(texts, a_text_that_is_one_is_accepted_and_printed_again, 0,
                        RTL_NUMBER_OF(right));
    tcase_add_test(texts, keys_may_be_deep_but_not_too_deep);
    suite_add_tcase(suite, texts);

    TCase *fuzzing = tcase_create("fuzzing");
    tcase_add_checked_fixture(fuzzing, setup, NULL);
    tcase_set_timeout(fuzzing, 100);
    tcase_add_test(fuzzing, no_malformed_text_does_harm);
    tcase_add_test(fuzzing, no_text_that_was_cut_off_does_harm);
    suite_add_tcase(suite, fuzzing);

    TCase *memory = tcase_create("memory");
    tcase_add_checked_fixture(memory, setup, NULL);
    tcase_set_timeout(memory, 100);
    tcase_add_loop_test(memory, without_memory_every_call_says_so_and_nothing_is_half_done, 0, 2);
    tcase_add_loop_test(memory, without_memory_a_text_is_not_loaded_and_nothing_leaks, 0, 2);
    suite_add_tcase(suite, memory);

    TCase *store = tcase_create("store");
    tcase_add_checked_fixture(store, setup_file, NULL);
    tcase_add_test(store, each_change_is_in_the_file_when_the_call_returns);
    tcase_add_test(store, a_change_that_cannot_be_written_has_not_happened);
    tcase_add_test(store, what_somebody_else_wrote_is_kept);
    tcase_add_test(store, what_somebody_else_broke_is_not_written_over);
    tcase_add_test(store, a_key_that_somebody_else_removed_is_gone);
    tcase_add_test(store, volatile_keys_never_reach_the_file);
    tcase_add_test(store, a_default_is_read_where_the_file_says_nothing);
    tcase_add_test(store, a_change_leaves_the_defaults_out_of_the_file);
    tcase_add_test(store, defaults_stay_when_somebody_else_writes_the_file);
    tcase_add_test(store, a_default_that_is_deleted_is_gone);
    tcase_add_test(store, a_key_below_a_default_one_may_be_made);
    tcase_add_test(store, a_store_that_fails_keeps_the_default);
    suite_add_tcase(suite, store);
    return unit_run(suite);
}
