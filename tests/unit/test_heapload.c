/* After a peak of requests the daemon returns memory to the system. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "holding.h"
#include "unit.h"

#define PEAK   300
#define LENGTH 100000 /* below what malloc maps for itself */

/* For each request the driver also has a small block that stays: between such blocks a heap keeps
 * what it has had. */
static void *small[PEAK];

static VOID hold_with_buffer(WDFQUEUE Queue, WDFREQUEST Request)
{
    PVOID buffer;
    static unsigned count;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, LENGTH, &buffer, NULL), STATUS_SUCCESS);
    memset(buffer, 1, LENGTH);
    small[count++ % PEAK] = malloc(64);
    hold_request(Queue, Request);
}

static size_t resident_bytes(void)
{
    unsigned long size, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu %lu", &size, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

START_TEST(memory_comes_back_after_a_peak)
{
    static WDFUSEIO reads[PEAK];
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = hold_with_buffer;
    start_device();
    WDFUSEFILE file = open_file();
    size_t before = resident_bytes();
    for (unsigned i = 0; i < PEAK; i++)
        reads[i] = begin_read(file, LENGTH);
    size_t peak = resident_bytes() - before;
    ck_assert_uint_ge(peak, PEAK * (size_t)LENGTH * 9 / 10);
    for (unsigned i = 0; i < PEAK; i++)
        complete_held(STATUS_SUCCESS);
    for (unsigned i = 0; i < PEAK; i++)
        answer(reads[i], STATUS_SUCCESS);
    size_t after = resident_bytes();
    ck_assert_msg(after < before + peak / 3, "%zu bytes before, %zu more at the peak, %zu after",
                  before, peak, after);
    for (unsigned i = 0; i < PEAK; i++)
        free(small[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heapload");
    TCase *tests = tcase_create("heapload");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, memory_comes_back_after_a_peak);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
