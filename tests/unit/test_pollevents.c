/* Poll: what the driver reports for a file or for the device (<wdfuse/poll.h>), and who is woken by
 * it. */
#include <string.h>

#include "scripted.h"
#include "unit.h"

static WDFFILEOBJECT file_object(void)
{
    WDFFILEOBJECT object = WdfRequestGetFileObject(held());
    ck_assert_ptr_nonnull(object);
    return object;
}

/* The driver has the file's object, through a device control that it holds. */
static void setup_saying(void)
{
    prepare_init = want_file_objects;
    scripted_setup();
    begin_control(file, 1, 0, 0);
}

START_TEST(poll_says_what_the_driver_says_of_a_file)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut | WdfusePollPriority);
    ck_events(WdfusePollOut | WdfusePollPriority);
    ck_assert_uint_eq(WdfuseInprocPoll(open_file()), BOTH);
}
END_TEST

START_TEST(poll_says_what_the_driver_says_of_the_device)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollHangup);
    ck_events(WdfusePollHangup);
    ck_assert_uint_eq(WdfuseInprocPoll(open_file()), WdfusePollHangup);
}
END_TEST

START_TEST(the_last_word_holds)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    ck_events(WdfusePollIn);
    WdfuseDeviceSetPollEvents(wdf_device(), 0);
    ck_events(0);
}
END_TEST

START_TEST(a_read_that_would_wait_is_not_tried)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1); /* the device control */
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, NULL), STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(a_read_of_what_was_hung_up_is_tried)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollHangup);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(a_waiting_read_goes_to_the_driver_whatever_it_says)
{
    WdfuseFileObjectSetPollEvents(file_object(), 0);
    let_wait(true);
    begin_read(file, 1);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* What is in flight or done counts, not the driver's guess about the next one. */
START_TEST(a_read_in_flight_goes_before_the_drivers_word)
{
    WDFFILEOBJECT object = file_object();
    hold(take_held());
    read_expecting(STATUS_CANT_WAIT);
    WdfuseFileObjectSetPollEvents(object, BOTH);
    ck_events(WdfusePollOut);
    hold(take_held());
    complete_read("r");
    WdfuseFileObjectSetPollEvents(object, WdfusePollOut);
    ck_events(BOTH);
    read_expecting(STATUS_SUCCESS);
    ck_events(WdfusePollOut);
}
END_TEST

START_TEST(saying_more_wakes)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut);
    look();
    WdfuseFileObjectSetPollEvents(file_object(), BOTH);
    ck_assert_uint_eq(heard.woken, 1);
    look();
    ck_assert_uint_eq(heard.events, BOTH);
}
END_TEST

START_TEST(saying_it_again_wakes)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    look();
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

START_TEST(saying_less_wakes_nobody)
{
    look();
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH | WdfusePollPriority);
    ck_assert_uint_eq(heard.woken, 1);
    look();
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
    ck_assert_uint_eq(heard.woken, 1);
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut);
    ck_assert_uint_eq(heard.woken, 1);
    WdfuseDeviceSetPollEvents(wdf_device(), 0);
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

/* The device's events are fewer than one file had, and more than the other had. */
START_TEST(a_word_on_the_device_wakes_those_to_whom_it_is_more)
{
    WdfuseFileObjectSetPollEvents(file_object(), 0);
    look();
    open_nonblocking(); /* nothing was reported for it: it gets everything */
    look();
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert(!handle_is_kept(0) && handle_is_kept(1));
    /* The report for all is now what they have in common. */
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    ck_assert_uint_eq(heard.woken, 2);
    ck_assert_uint_eq(kept_handles(), 0);
}
END_TEST

/* A woken client asks again at once, and is woken by the next report, not by the same one. */
START_TEST(a_word_on_the_device_wakes_each_file_once)
{
    look();
    WDFUSEFILE first = file;
    open_nonblocking();
    look();
    when_woken = look;
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
    ck_assert_uint_eq(heard.woken, 2);
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
    ck_assert_uint_eq(heard.woken, 3);
    ck_assert_ptr_ne(first, file);
}
END_TEST

START_TEST(bits_that_are_no_events_are_a_break)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn | 0x8000);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfuseFileObjectSetPollEvents"));
    ck_events(WdfusePollIn);
}
END_TEST

START_TEST(a_word_on_a_file_that_is_closed_does_nothing)
{
    WDFFILEOBJECT object = file_object();
    WdfObjectReference(object);
    complete_held(STATUS_SUCCESS);
    close_file(file);
    WdfuseFileObjectSetPollEvents(object, WdfusePollIn);
    ck_assert_uint_eq(heard.woken, 0);
    WdfObjectDereference(object);
}
END_TEST

/* ---- the suite ---- */

int main(void)
{
    Suite *suite = suite_create("poll events");
    TCase *tcase = tcase_create("words");
    tcase_add_checked_fixture(tcase, setup_saying, holding_stop);
    tcase_add_test(tcase, poll_says_what_the_driver_says_of_a_file);
    tcase_add_test(tcase, poll_says_what_the_driver_says_of_the_device);
    tcase_add_test(tcase, the_last_word_holds);
    tcase_add_test(tcase, a_read_that_would_wait_is_not_tried);
    tcase_add_test(tcase, a_read_of_what_was_hung_up_is_tried);
    tcase_add_test(tcase, a_waiting_read_goes_to_the_driver_whatever_it_says);
    tcase_add_test(tcase, a_read_in_flight_goes_before_the_drivers_word);
    tcase_add_test(tcase, saying_more_wakes);
    tcase_add_test(tcase, saying_it_again_wakes);
    tcase_add_test(tcase, saying_less_wakes_nobody);
    tcase_add_test(tcase, a_word_on_the_device_wakes_those_to_whom_it_is_more);
    tcase_add_test(tcase, a_word_on_the_device_wakes_each_file_once);
    tcase_add_test(tcase, bits_that_are_no_events_are_a_break);
    tcase_add_test(tcase, a_word_on_a_file_that_is_closed_does_nothing);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
