/* Taking requests out of a queue, and finding them there (S6.47-S6.54). */
#include <string.h>

#include "holding.h"
#include "unit.h"

static WDFUSEIO ios[4];

/* A manual queue with this many marked writes in it: A, B, C ... */
static WDFUSEFILE start_manual_with(unsigned count)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < count; i++)
        ios[i] = begin_marked_write(file, (char)('A' + i));
    return file;
}

static NTSTATUS try_retrieve(WDFQUEUE from)
{
    WDFREQUEST request;
    NTSTATUS status = WdfIoQueueRetrieveNextRequest(from, &request);
    if (NT_SUCCESS(status))
        hold(request);
    return status;
}

/* Retrieves all that is queued, and returns its marks. */
static const char *retrieve_marks(WDFQUEUE from)
{
    static char marks[16];
    memset(marks, 0, sizeof(marks));
    WDFREQUEST request;
    for (unsigned i = 0; NT_SUCCESS(WdfIoQueueRetrieveNextRequest(from, &request)); i++) {
        marks[i] = mark_of(request);
        hold(request);
    }
    return marks;
}

/* ---- retrieving ---- */

/* S6.47, S15.34 */
START_TEST(retrieving_from_a_parallel_queue_is_an_invalid_device_state)
{
    start_queue(WdfIoQueueDispatchParallel);
    ck_status_eq(try_retrieve(queue), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S6.47, S15.34 */
START_TEST(retrieving_from_a_stopped_queue_is_paused)
{
    start_manual_with(1);
    WdfIoQueueStop(queue, NULL, NULL);
    ck_status_eq(try_retrieve(queue), STATUS_WDF_PAUSED);
}
END_TEST

static NTSTATUS status_before_start;

static VOID retrieve_before_start(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    status_before_start = try_retrieve(queue);
}

/* S6.47 */
START_TEST(retrieving_before_the_device_has_started_is_paused)
{
    prepare_device = retrieve_before_start;
    start_queue(WdfIoQueueDispatchManual);
    ck_status_eq(status_before_start, STATUS_WDF_PAUSED);
}
END_TEST

/* S6.47, S15.34 */
START_TEST(retrieving_from_an_empty_queue_finds_no_more_entries)
{
    start_manual_with(0);
    ck_status_eq(try_retrieve(queue), STATUS_NO_MORE_ENTRIES);
}
END_TEST

/* S6.48 */
START_TEST(a_failed_retrieval_gives_no_request)
{
    start_manual_with(0);
    WDFREQUEST request = (WDFREQUEST)&ios;
    WdfIoQueueRetrieveNextRequest(queue, &request);
    ck_assert_ptr_null(request);
}
END_TEST

/* S6.47 */
START_TEST(a_retrieved_request_is_the_drivers)
{
    start_manual_with(2);
    hold(retrieve(queue));
    ck_queue(queue, 1, 1);
}
END_TEST

/* S6.48 */
START_TEST(requests_are_retrieved_in_the_order_of_arrival)
{
    start_manual_with(4);
    ck_assert_str_eq(retrieve_marks(queue), "ABCD");
}
END_TEST

/* S6.30, S6.48, S15.35 */
START_TEST(a_sequential_queue_can_give_the_driver_more_than_one_by_retrieval)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    begin_read(file, 8);
    hold(retrieve(queue));
    ck_queue(queue, 0, 2);
}
END_TEST

/* S6.49 */
START_TEST(retrieval_works_while_the_queue_does_not_accept)
{
    start_manual_with(1);
    WdfIoQueueDrain(queue, NULL, NULL);
    ck_status_eq(try_retrieve(queue), STATUS_SUCCESS);
}
END_TEST

/* ---- by file ---- */

static WDFFILEOBJECT file_objects[2];

/* A manual queue with the writes A, B of one file and C, D of another, as A C B D. */
static void start_with_two_files(void)
{
    prepare_init = want_file_objects;
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE files[2] = {open_file(), open_file()};
    static const char marks[] = {'A', 'C', 'B', 'D'};
    for (unsigned i = 0; i < 4; i++)
        ios[i] = begin_marked_write(files[i % 2], marks[i]);
    WDFREQUEST first = NULL, second = NULL;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &first), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueFindRequest(queue, first, NULL, NULL, &second), STATUS_SUCCESS);
    file_objects[0] = WdfRequestGetFileObject(first);
    file_objects[1] = WdfRequestGetFileObject(second);
    WdfObjectDereference(first);
    WdfObjectDereference(second);
}

/* S6.48 */
START_TEST(retrieval_by_file_takes_the_oldest_of_that_file)
{
    start_with_two_files();
    WDFREQUEST request;
    ck_status_eq(WdfIoQueueRetrieveRequestByFileObject(queue, file_objects[1], &request),
                 STATUS_SUCCESS);
    hold(request);
    ck_assert_int_eq(mark_of(request), 'C');
}
END_TEST

/* S6.47 */
START_TEST(retrieval_by_file_finds_no_more_entries_when_only_others_wait)
{
    start_with_two_files();
    WDFREQUEST request;
    for (unsigned i = 0; i < 2; i++) {
        ck_status_eq(WdfIoQueueRetrieveRequestByFileObject(queue, file_objects[0], &request),
                     STATUS_SUCCESS);
        hold(request);
    }
    ck_status_eq(WdfIoQueueRetrieveRequestByFileObject(queue, file_objects[0], &request),
                 STATUS_NO_MORE_ENTRIES);
}
END_TEST

/* S6.51 */
START_TEST(finding_by_file_skips_the_others)
{
    start_with_two_files();
    WDFREQUEST first, second;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, file_objects[0], NULL, &first), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueFindRequest(queue, first, file_objects[0], NULL, &second),
                 STATUS_SUCCESS);
    ck_assert_int_eq(mark_of(second), 'B');
    WdfObjectDereference(first);
    WdfObjectDereference(second);
}
END_TEST

/* S6.47, S6.51: even if the next file has the previous one's memory. */
START_TEST(a_file_object_that_was_kept_finds_no_other_files_requests)
{
    prepare_init = want_file_objects;
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    ios[0] = begin_marked_write(file, 'A');
    WDFREQUEST request = retrieve(queue);
    WDFFILEOBJECT kept = WdfRequestGetFileObject(request);
    WdfObjectReference(kept);
    WdfRequestComplete(request, STATUS_SUCCESS);
    close_file(file);

    ios[1] = begin_marked_write(open_file(), 'B');
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, kept, NULL, &found), STATUS_NO_MORE_ENTRIES);
    ck_status_eq(WdfIoQueueRetrieveRequestByFileObject(queue, kept, &found),
                 STATUS_NO_MORE_ENTRIES);
    WdfObjectDereference(kept);
}
END_TEST

/* ---- zero length ---- */

/* S5.22 */
START_TEST(retrieval_answers_a_write_of_no_bytes_and_takes_the_next)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    WDFUSEIO empty = begin_write(file, 0);
    begin_marked_write(file, 'B');
    hold(retrieve(queue));
    ck_assert_uint_eq(answer(empty, STATUS_SUCCESS), 0);
}
END_TEST

/* S5.22 */
START_TEST(retrieval_finds_no_more_entries_behind_a_read_of_no_bytes)
{
    start_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 0);
    ck_status_eq(try_retrieve(queue), STATUS_NO_MORE_ENTRIES);
}
END_TEST

/* S5.22 */
START_TEST(a_found_read_of_no_bytes_is_not_found_for_retrieval)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEIO empty = begin_read(open_file(), 0);
    WDFREQUEST found, retrieved;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueRetrieveFoundRequest(queue, found, &retrieved), STATUS_NOT_FOUND);
    WdfObjectDereference(found);
    answer(empty, STATUS_SUCCESS);
}
END_TEST

static WDFUSEIO to_cancel;

static VOID cancel_it(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    if (to_cancel != NULL)
        WdfuseInprocCancel(to_cancel);
    to_cancel = NULL;
}

static VOID give_requests_a_cleanup(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = cancel_it;
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

/* S2.18, S6.28: nothing recorded while a retrieval completes an empty request is lost. */
START_TEST(a_cancellation_during_a_retrieval_is_delivered)
{
    prepare_init = give_requests_a_cleanup;
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.AllowZeroLengthRequests = TRUE;
    start_device();
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    WDFUSEIO cancelable = begin_read(file, 8);
    begin_read(file, 0);
    begin_read(file, 8);
    for (unsigned i = 0; i < 3; i++)
        ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    WDFREQUEST owned = retrieve(other);
    hold(owned);
    ck_status_eq(WdfRequestMarkCancelableEx(owned, note_cancel), STATUS_SUCCESS);

    to_cancel = cancelable;
    hold(retrieve(other));
    ck_assert_uint_eq(counts.cancelled, 1);
}
END_TEST

/* ---- finding ---- */

static WDFREQUEST find_after(WDFREQUEST previous)
{
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, previous, NULL, NULL, &found), STATUS_SUCCESS);
    return found;
}

/* S6.50 */
START_TEST(only_a_manual_queue_can_be_searched)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.50 */
START_TEST(a_search_refuses_parameters_of_the_wrong_size)
{
    start_manual_with(1);
    WDFREQUEST found;
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    parameters.Size--;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, &parameters, &found),
                 STATUS_INVALID_PARAMETER_4);
}
END_TEST

/* S6.50: a later version's structure is longer. The part that this version has is filled in, and
 * Size says how much. */
START_TEST(a_search_takes_parameters_of_a_larger_size)
{
    start_manual_with(1);
    WDFREQUEST found;
    struct {
        WDF_REQUEST_PARAMETERS known;
        ULONG later;
    } parameters = {.later = 7};
    WDF_REQUEST_PARAMETERS_INIT(&parameters.known);
    parameters.known.Size = sizeof(parameters);
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, &parameters.known, &found),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(parameters.known.Size, sizeof(parameters.known));
    ck_assert_int_eq(parameters.known.Type, WdfRequestTypeWrite);
    ck_assert_uint_eq(parameters.later, 7);
    WdfObjectDereference(found);
}
END_TEST

/* S6.50 */
START_TEST(a_search_fills_the_parameters)
{
    start_manual_with(1);
    WDFREQUEST found;
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, &parameters, &found), STATUS_SUCCESS);
    WdfObjectDereference(found);
    ck_assert(parameters.Type == WdfRequestTypeWrite && parameters.Parameters.Write.Length == 1);
}
END_TEST

/* S6.50 */
START_TEST(a_search_of_an_empty_queue_finds_no_more_entries)
{
    start_manual_with(0);
    WDFREQUEST found;
    ck_status_eq(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_NO_MORE_ENTRIES);
}
END_TEST

/* S6.51 */
START_TEST(a_search_goes_on_after_the_found_request)
{
    start_manual_with(3);
    WDFREQUEST first = find_after(NULL);
    WDFREQUEST second = find_after(first);
    ck_assert_int_eq(mark_of(second), 'B');
    WdfObjectDereference(first);
    WdfObjectDereference(second);
}
END_TEST

/* S6.50, S6.54 */
START_TEST(a_search_after_a_request_that_has_left_the_queue_is_not_found)
{
    start_manual_with(2);
    WDFREQUEST found = find_after(NULL);
    hold(retrieve(queue));
    WDFREQUEST next;
    ck_status_eq(WdfIoQueueFindRequest(queue, found, NULL, NULL, &next), STATUS_NOT_FOUND);
    WdfObjectDereference(found);
}
END_TEST

/* S6.51, S15.39 */
START_TEST(a_found_request_stays_in_the_queue)
{
    start_manual_with(1);
    WDFREQUEST found = find_after(NULL);
    WdfObjectDereference(found);
    ck_queue(queue, 1, 0);
}
END_TEST

/* S6.51 */
START_TEST(a_search_works_while_the_queue_is_stopped)
{
    start_manual_with(1);
    WdfIoQueueStop(queue, NULL, NULL);
    WDFREQUEST found = find_after(NULL);
    ck_assert_ptr_nonnull(found);
    WdfObjectDereference(found);
}
END_TEST

/* S6.52 */
START_TEST(a_found_request_is_retrieved_out_of_order)
{
    start_manual_with(3);
    WDFREQUEST first = find_after(NULL), second = find_after(first), retrieved;
    ck_status_eq(WdfIoQueueRetrieveFoundRequest(queue, second, &retrieved), STATUS_SUCCESS);
    hold(retrieved);
    WdfObjectDereference(first);
    WdfObjectDereference(second);
    ck_assert_int_eq(mark_of(retrieved), 'B');
}
END_TEST

/* S6.52, S15.39 */
START_TEST(a_found_request_that_was_answered_meanwhile_is_not_found)
{
    start_manual_with(1);
    WDFREQUEST found = find_after(NULL), retrieved;
    WdfuseInprocCancel(ios[0]);
    ck_status_eq(WdfIoQueueRetrieveFoundRequest(queue, found, &retrieved), STATUS_NOT_FOUND);
    WdfObjectDereference(found);
}
END_TEST

/* S6.52 */
START_TEST(retrieving_a_found_request_of_a_stopped_queue_is_paused)
{
    start_manual_with(1);
    WDFREQUEST found = find_after(NULL), retrieved;
    WdfIoQueueStop(queue, NULL, NULL);
    ck_status_eq(WdfIoQueueRetrieveFoundRequest(queue, found, &retrieved), STATUS_WDF_PAUSED);
    WdfObjectDereference(found);
}
END_TEST

static unsigned destroyed;

static VOID count_destroyed(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

static VOID give_requests_a_destroy(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtDestroyCallback = count_destroyed;
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
}

/* S6.51, S15.39 */
START_TEST(a_found_request_is_destroyed_when_its_finder_lets_go)
{
    destroyed = 0;
    prepare_init = give_requests_a_destroy;
    start_manual_with(1);
    WDFREQUEST found = find_after(NULL);
    WdfRequestComplete(retrieve(queue), STATUS_SUCCESS);
    answer(ios[0], STATUS_SUCCESS);
    unsigned before = destroyed;
    WdfObjectDereference(found);
    ck_assert(before == 0 && destroyed == 1);
}
END_TEST

static TCase *retrieve_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

static TCase *retrieving_tests(void)
{
    TCase *tests = retrieve_case("retrieving");
    tcase_add_test(tests, retrieving_from_a_parallel_queue_is_an_invalid_device_state);
    tcase_add_test(tests, retrieving_from_a_stopped_queue_is_paused);
    tcase_add_test(tests, retrieving_before_the_device_has_started_is_paused);
    tcase_add_test(tests, retrieving_from_an_empty_queue_finds_no_more_entries);
    tcase_add_test(tests, a_failed_retrieval_gives_no_request);
    tcase_add_test(tests, a_retrieved_request_is_the_drivers);
    tcase_add_test(tests, requests_are_retrieved_in_the_order_of_arrival);
    tcase_add_test(tests, a_sequential_queue_can_give_the_driver_more_than_one_by_retrieval);
    tcase_add_test(tests, retrieval_works_while_the_queue_does_not_accept);
    tcase_add_test(tests, retrieval_by_file_takes_the_oldest_of_that_file);
    tcase_add_test(tests, retrieval_by_file_finds_no_more_entries_when_only_others_wait);
    tcase_add_test(tests, retrieval_answers_a_write_of_no_bytes_and_takes_the_next);
    tcase_add_test(tests, retrieval_finds_no_more_entries_behind_a_read_of_no_bytes);
    tcase_add_test(tests, a_cancellation_during_a_retrieval_is_delivered);
    return tests;
}

static TCase *finding_tests(void)
{
    TCase *tests = retrieve_case("finding");
    tcase_add_test(tests, finding_by_file_skips_the_others);
    tcase_add_test(tests, a_file_object_that_was_kept_finds_no_other_files_requests);
    tcase_add_test(tests, a_found_read_of_no_bytes_is_not_found_for_retrieval);
    tcase_add_test(tests, only_a_manual_queue_can_be_searched);
    tcase_add_test(tests, a_search_refuses_parameters_of_the_wrong_size);
    tcase_add_test(tests, a_search_takes_parameters_of_a_larger_size);
    tcase_add_test(tests, a_search_fills_the_parameters);
    tcase_add_test(tests, a_search_of_an_empty_queue_finds_no_more_entries);
    tcase_add_test(tests, a_search_goes_on_after_the_found_request);
    tcase_add_test(tests, a_search_after_a_request_that_has_left_the_queue_is_not_found);
    tcase_add_test(tests, a_found_request_stays_in_the_queue);
    tcase_add_test(tests, a_search_works_while_the_queue_is_stopped);
    tcase_add_test(tests, a_found_request_is_retrieved_out_of_order);
    tcase_add_test(tests, a_found_request_that_was_answered_meanwhile_is_not_found);
    tcase_add_test(tests, retrieving_a_found_request_of_a_stopped_queue_is_paused);
    tcase_add_test(tests, a_found_request_is_destroyed_when_its_finder_lets_go);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue retrieval");
    suite_add_tcase(suite, retrieving_tests());
    suite_add_tcase(suite, finding_tests());
    return unit_run(suite);
}
