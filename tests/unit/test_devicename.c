/* Device interfaces and symbolic links, as the host is told of them (S3.19-S3.24). */
#include <stdio.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "holding.h"
#include "unit.h"

static const GUID class = {
    0x01234567, 0x89ab, 0xcdef, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
static const GUID other_class = {
    0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};

#define FOLDER "by-interface/{01234567-89ab-cdef-0123-456789abcdef}/"

/* ---- the listener: "+NAME\n" and "-NAME\n", in order ---- */

static char heard[1024];

static void note_name(void *context, const char *path, bool is_there)
{
    char *text = context;
    size_t length = strlen(text);
    snprintf(text + length, sizeof(heard) - length, "%c%s\n", is_there ? '+' : '-', path);
}

static void listen_to_names(WDFDEVICE to)
{
    device_listen_to_names(device_from_handle(to), note_name, heard);
}

/* What the listener was told since the last call. */
static const char *heard_now(void)
{
    static char text[sizeof(heard)];
    memcpy(text, heard, sizeof(heard));
    heard[0] = '\0';
    return text;
}

/* ---- the driver ---- */

static void create_interface(WDFDEVICE of, PCUNICODE_STRING reference)
{
    ck_status_eq(WdfDeviceCreateDeviceInterface(of, &class, reference), STATUS_SUCCESS);
}

static VOID listen_and_create_interface(WDFDEVICE Device)
{
    listen_to_names(Device);
    create_interface(Device, NULL);
}

static VOID create_interface_early(WDFDEVICE Device)
{
    create_interface(Device, NULL);
}

static VOID listen_and_create_two(WDFDEVICE Device)
{
    DECLARE_CONST_UNICODE_STRING(reference, L"second");
    listen_and_create_interface(Device);
    create_interface(Device, &reference);
}

static void start_with(VOID (*prepare)(WDFDEVICE Device))
{
    heard[0] = '\0';
    prepare_device = prepare;
    start_device();
}

static void set_state(const GUID *of, PCUNICODE_STRING reference, BOOLEAN is_enabled)
{
    WdfDeviceSetDeviceInterfaceState(wdf_device(), of, reference, is_enabled);
}

/* ---- when interfaces exist ---- */

static char heard_at_d0_entry[sizeof(heard)];

static NTSTATUS look_at_names(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    memcpy(heard_at_d0_entry, heard, sizeof(heard));
    return STATUS_SUCCESS;
}

static VOID look_at_d0_entry(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = look_at_names;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

/* S3.21 */
START_TEST(an_interface_is_enabled_when_the_device_has_started)
{
    prepare_init = look_at_d0_entry;
    start_with(listen_and_create_interface);
    ck_assert_str_eq(heard_at_d0_entry, "");
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n");
}
END_TEST

/* S3.21 */
START_TEST(a_listener_that_comes_later_hears_of_the_interfaces_that_are_there)
{
    start_with(create_interface_early);
    listen_to_names(wdf_device());
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n");
}
END_TEST

/* S3.21 */
START_TEST(an_interface_is_disabled_when_the_device_is_removed)
{
    start_with(listen_and_create_interface);
    heard_now();
    device_stop();
    ck_assert_str_eq(heard_now(), "-" FOLDER "\n");
}
END_TEST

static NTSTATUS fail_d0_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    return STATUS_UNSUCCESSFUL;
}

static VOID refuse_to_start(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = fail_d0_entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

/* S3.21 */
START_TEST(an_interface_of_a_device_that_does_not_start_is_never_enabled)
{
    heard[0] = '\0';
    prepare_init = refuse_to_start;
    prepare_device = listen_and_create_interface;
    ck_status_eq(try_start_device(), STATUS_DEVICE_POWER_FAILURE);
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

/* S3.24 */
START_TEST(an_interface_created_after_the_start_is_not_enabled)
{
    start_with(listen_to_names);
    create_interface(wdf_device(), NULL);
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

/* S3.24 */
START_TEST(an_interface_created_after_the_start_is_enabled_by_the_driver)
{
    start_with(listen_to_names);
    create_interface(wdf_device(), NULL);
    set_state(&class, NULL, TRUE);
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n");
}
END_TEST

/* S3.21: nothing is removed that did not exist. */
START_TEST(an_interface_that_was_never_enabled_is_not_disabled_at_removal)
{
    start_with(listen_to_names);
    create_interface(wdf_device(), NULL);
    device_stop();
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

/* ---- reference strings ---- */

/* S3.21 */
START_TEST(interfaces_of_one_class_are_told_apart_by_their_references)
{
    start_with(listen_and_create_two);
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n+" FOLDER "second\n");
}
END_TEST

/* S3.21 */
START_TEST(an_empty_reference_is_none)
{
    DECLARE_CONST_UNICODE_STRING(empty, L"");
    start_with(listen_to_names);
    create_interface(wdf_device(), &empty);
    set_state(&class, NULL, TRUE);
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n");
}
END_TEST

static const struct {
    const WCHAR *name;
    bool has_slash;
} bad_names[] = {
    {L"/", true}, {L"a/b", true}, {L"../../etc/passwd", true}, {L"..", false}, {L".", false},
};

/* A name must not lead elsewhere. */
START_TEST(a_reference_with_a_slash_or_dots_is_refused)
{
    UNICODE_STRING reference;
    RtlInitUnicodeString(&reference, bad_names[_i].name);
    start_with(listen_to_names);
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &class, &reference),
                 bad_names[_i].has_slash ? STATUS_INVALID_DEVICE_REQUEST
                                         : STATUS_OBJECT_NAME_INVALID);
}
END_TEST

START_TEST(a_reference_with_a_backslash_is_refused)
{
    DECLARE_CONST_UNICODE_STRING(reference, L"a\\b");
    start_with(listen_to_names);
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &class, &reference),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* Half a character: FxValidateUnicodeString. */
START_TEST(a_reference_of_odd_length_is_refused)
{
    UNICODE_STRING reference = {.Length = 3, .MaximumLength = 4, .Buffer = (PWCH)L"ab"};
    start_with(listen_to_names);
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &class, &reference),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_reference_that_is_too_long_is_refused)
{
    WCHAR text[300];
    for (unsigned i = 0; i < RTL_NUMBER_OF(text) - 1; i++)
        text[i] = L'a';
    text[RTL_NUMBER_OF(text) - 1] = L'\0';
    UNICODE_STRING reference;
    RtlInitUnicodeString(&reference, text);
    start_with(listen_to_names);
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &class, &reference),
                 STATUS_OBJECT_NAME_INVALID);
}
END_TEST

/* ---- WdfDeviceSetDeviceInterfaceState ---- */

/* S3.22 */
START_TEST(the_driver_may_disable_and_enable_an_interface)
{
    start_with(listen_and_create_interface);
    heard_now();
    set_state(&class, NULL, FALSE);
    ck_assert_str_eq(heard_now(), "-" FOLDER "\n");
    set_state(&class, NULL, TRUE);
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n");
}
END_TEST

/* S3.22 */
START_TEST(enabling_what_is_enabled_does_nothing)
{
    start_with(listen_and_create_interface);
    heard_now();
    set_state(&class, NULL, TRUE);
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

/* S3.22 */
START_TEST(the_state_is_set_of_the_interface_with_that_reference)
{
    DECLARE_CONST_UNICODE_STRING(reference, L"second");
    start_with(listen_and_create_two);
    heard_now();
    set_state(&class, &reference, FALSE);
    ck_assert_str_eq(heard_now(), "-" FOLDER "second\n");
}
END_TEST

/* S3.22 */
START_TEST(setting_the_state_of_an_unknown_interface_does_nothing)
{
    DECLARE_CONST_UNICODE_STRING(unknown, L"third");
    start_with(listen_and_create_two);
    heard_now();
    set_state(&class, &unknown, FALSE);
    set_state(&other_class, NULL, FALSE);
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

/* S3.21: a disabled interface has gone already. */
START_TEST(a_disabled_interface_is_not_disabled_again_at_removal)
{
    start_with(listen_and_create_interface);
    set_state(&class, NULL, FALSE);
    heard_now();
    device_stop();
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

static VOID listen_and_keep_for_later(WDFDEVICE Device)
{
    listen_and_create_interface(Device);
    WdfDeviceSetDeviceInterfaceStateEx(Device, &class, NULL, FALSE);
}

/* S18.52 */
START_TEST(an_interface_may_be_the_drivers_to_enable)
{
    start_with(listen_and_keep_for_later);
    ck_assert_str_eq(heard_now(), "");
    set_state(&class, NULL, TRUE);
    ck_assert_str_eq(heard_now(), "+" FOLDER "\n");
}
END_TEST

static VOID enable_late(WDFDEVICE Device)
{
    WdfDeviceSetDeviceInterfaceState(Device, &class, NULL, TRUE);
}

static VOID enable_after_removal(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoFlush = enable_late;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

/* S11.17: EvtDeviceSelfManagedIoFlush comes after the interfaces have been disabled. */
START_TEST(an_interface_can_not_be_enabled_once_the_device_is_removed)
{
    prepare_init = enable_after_removal;
    start_with(listen_and_create_interface);
    heard_now();
    device_stop();
    ck_assert_str_eq(heard_now(), "-" FOLDER "\n");
}
END_TEST

/* ---- symbolic links ---- */

static NTSTATUS create_link(const WCHAR *text)
{
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, text);
    return WdfDeviceCreateSymbolicLink(wdf_device(), &name);
}

/* S3.19 */
START_TEST(a_symbolic_link_is_named_by_its_last_part)
{
    start_with(listen_to_names);
    ck_status_eq(create_link(L"\\DosDevices\\Sample"), STATUS_SUCCESS);
    ck_assert_str_eq(heard_now(), "+by-name/Sample\n");
}
END_TEST

/* S3.19 */
START_TEST(a_device_has_one_symbolic_link)
{
    start_with(listen_to_names);
    ck_status_eq(create_link(L"\\DosDevices\\Sample"), STATUS_SUCCESS);
    heard_now();
    ck_status_eq(create_link(L"\\DosDevices\\Other"), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

/* S3.19 */
START_TEST(an_empty_symbolic_link_is_refused)
{
    start_with(listen_to_names);
    ck_status_eq(create_link(L""), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* A name must not lead elsewhere. */
START_TEST(a_symbolic_link_with_a_slash_or_dots_is_refused)
{
    start_with(listen_to_names);
    ck_status_eq(create_link(bad_names[_i].name), STATUS_OBJECT_NAME_INVALID);
    ck_assert_str_eq(heard_now(), "");
}
END_TEST

START_TEST(a_symbolic_link_without_last_part_is_refused)
{
    start_with(listen_to_names);
    ck_status_eq(create_link(L"\\DosDevices\\"), STATUS_OBJECT_NAME_INVALID);
}
END_TEST

static const struct placed_link {
    const WCHAR *name;
    NTSTATUS status;
} placed_links[] = {
    {L"\\Sample", STATUS_SUCCESS},
    {L"\\??\\Sample", STATUS_SUCCESS},
    {L"\\dosdevices\\global\\Sample", STATUS_SUCCESS},
    {L"Sample", STATUS_OBJECT_PATH_SYNTAX_BAD},
    {L"DosDevices\\Sample", STATUS_OBJECT_PATH_SYNTAX_BAD},
    {L"\\Folder\\Sample", STATUS_OBJECT_PATH_NOT_FOUND},
};

/* As the object manager answers (S3.19: the driver gets its status). */
START_TEST(a_symbolic_link_is_in_a_folder_that_there_is)
{
    start_with(listen_to_names);
    ck_status_eq(create_link(placed_links[_i].name), placed_links[_i].status);
    ck_assert_str_eq(heard_now(), NT_SUCCESS(placed_links[_i].status) ? "+by-name/Sample\n" : "");
}
END_TEST

START_TEST(a_refused_symbolic_link_leaves_room_for_another)
{
    start_with(listen_to_names);
    create_link(L"..");
    ck_status_eq(create_link(L"\\DosDevices\\Sample"), STATUS_SUCCESS);
}
END_TEST

/* S3.20 */
START_TEST(a_symbolic_link_is_deleted_when_the_device_is_removed)
{
    start_with(listen_to_names);
    create_link(L"\\DosDevices\\Sample");
    heard_now();
    device_stop();
    ck_assert_str_eq(heard_now(), "-by-name/Sample\n");
}
END_TEST

/* S3.21, S3.19: a link is not an interface. */
START_TEST(a_device_may_have_interfaces_and_a_symbolic_link)
{
    start_with(listen_and_create_two);
    heard_now();
    ck_status_eq(create_link(L"\\DosDevices\\Sample"), STATUS_SUCCESS);
    ck_assert_str_eq(heard_now(), "+by-name/Sample\n");
}
END_TEST

/* ---- WdfDeviceRetrieveDeviceInterfaceString ---- */

static WDFSTRING create_string(void)
{
    WDFSTRING string;
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    return string;
}

/* S3.23 */
START_TEST(the_string_of_an_interface_is_where_clients_find_it)
{
    static const WCHAR expected[] = L"by-interface/{01234567-89ab-cdef-0123-456789abcdef}/second";
    DECLARE_CONST_UNICODE_STRING(reference, L"second");
    start_with(listen_and_create_two);
    WDFSTRING string = create_string();
    ck_status_eq(WdfDeviceRetrieveDeviceInterfaceString(wdf_device(), &class, &reference, string),
                 STATUS_SUCCESS);
    UNICODE_STRING text;
    WdfStringGetUnicodeString(string, &text);
    ck_assert_uint_eq(text.Length, sizeof(expected) - sizeof(WCHAR));
    ck_assert_mem_eq(text.Buffer, expected, text.Length);
}
END_TEST

/* S3.23 */
START_TEST(an_unknown_interface_has_no_string)
{
    start_with(listen_and_create_interface);
    ck_status_eq(
        WdfDeviceRetrieveDeviceInterfaceString(wdf_device(), &other_class, NULL, create_string()),
        STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S3.21, S13.7 */
START_TEST(an_interface_is_not_created_at_dispatch_level)
{
    start_with(listen_to_names);
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    NTSTATUS status = WdfDeviceCreateDeviceInterface(wdf_device(), &class, NULL);
    WdfSpinLockRelease(lock);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfDeviceCreateDeviceInterface"));
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

static TCase *interface_tests(void)
{
    TCase *tests = case_of("interfaces");
    tcase_add_test(tests, an_interface_is_enabled_when_the_device_has_started);
    tcase_add_test(tests, a_listener_that_comes_later_hears_of_the_interfaces_that_are_there);
    tcase_add_test(tests, an_interface_is_disabled_when_the_device_is_removed);
    tcase_add_test(tests, an_interface_of_a_device_that_does_not_start_is_never_enabled);
    tcase_add_test(tests, an_interface_created_after_the_start_is_not_enabled);
    tcase_add_test(tests, an_interface_created_after_the_start_is_enabled_by_the_driver);
    tcase_add_test(tests, an_interface_that_was_never_enabled_is_not_disabled_at_removal);
    tcase_add_test(tests, interfaces_of_one_class_are_told_apart_by_their_references);
    tcase_add_test(tests, an_empty_reference_is_none);
    tcase_add_loop_test(tests, a_reference_with_a_slash_or_dots_is_refused, 0,
                        RTL_NUMBER_OF(bad_names));
    tcase_add_test(tests, a_reference_with_a_backslash_is_refused);
    tcase_add_test(tests, a_reference_of_odd_length_is_refused);
    tcase_add_test(tests, a_reference_that_is_too_long_is_refused);
    tcase_add_test(tests, an_interface_is_not_created_at_dispatch_level);
    return tests;
}

static TCase *state_tests(void)
{
    TCase *tests = case_of("state");
    tcase_add_test(tests, the_driver_may_disable_and_enable_an_interface);
    tcase_add_test(tests, enabling_what_is_enabled_does_nothing);
    tcase_add_test(tests, the_state_is_set_of_the_interface_with_that_reference);
    tcase_add_test(tests, setting_the_state_of_an_unknown_interface_does_nothing);
    tcase_add_test(tests, a_disabled_interface_is_not_disabled_again_at_removal);
    tcase_add_test(tests, an_interface_may_be_the_drivers_to_enable);
    tcase_add_test(tests, an_interface_can_not_be_enabled_once_the_device_is_removed);
    tcase_add_test(tests, the_string_of_an_interface_is_where_clients_find_it);
    tcase_add_test(tests, an_unknown_interface_has_no_string);
    return tests;
}

static TCase *link_tests(void)
{
    TCase *tests = case_of("links");
    tcase_add_test(tests, a_symbolic_link_is_named_by_its_last_part);
    tcase_add_test(tests, a_device_has_one_symbolic_link);
    tcase_add_test(tests, an_empty_symbolic_link_is_refused);
    tcase_add_loop_test(tests, a_symbolic_link_with_a_slash_or_dots_is_refused, 0,
                        RTL_NUMBER_OF(bad_names));
    tcase_add_test(tests, a_symbolic_link_without_last_part_is_refused);
    tcase_add_loop_test(tests, a_symbolic_link_is_in_a_folder_that_there_is, 0,
                        RTL_NUMBER_OF(placed_links));
    tcase_add_test(tests, a_refused_symbolic_link_leaves_room_for_another);
    tcase_add_test(tests, a_symbolic_link_is_deleted_when_the_device_is_removed);
    tcase_add_test(tests, a_device_may_have_interfaces_and_a_symbolic_link);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("devicename");
    suite_add_tcase(suite, interface_tests());
    suite_add_tcase(suite, state_tests());
    suite_add_tcase(suite, link_tests());
    return unit_run(suite);
}
