/* The echo device's interface class: the driver's GUID and the clients' text are the same
 * number. */
#include "unit.h"

#include <stdio.h>

#include <ntddk.h>
#include <initguid.h>
#include "../../app/echo/public.h"

START_TEST(the_text_is_the_guids)
{
    const GUID *guid = &GUID_DEVINTERFACE_ECHO;
    const unsigned char *rest = guid->Data4;
    char text[64];

    snprintf(text, sizeof(text), "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
             (unsigned)guid->Data1, guid->Data2, guid->Data3, rest[0], rest[1], rest[2], rest[3],
             rest[4], rest[5], rest[6], rest[7]);
    ck_assert_str_eq(text, ECHO_INTERFACE_CLASS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("echointerface");
    TCase *test = tcase_create("echointerface");
    tcase_add_test(test, the_text_is_the_guids);
    suite_add_tcase(suite, test);
    return unit_run(suite);
}
