/* Entries of the journal: what a line says of device, driver, request and client. */
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "holding.h"
#include "host/journal.h"
#include "unit.h"

/* Instead of libsystemd's. */
static char entry[4096];
static int result;

int sd_journal_sendv(const struct iovec *fields, int count);

int sd_journal_sendv(const struct iovec *fields, int count)
{
    entry[0] = '\0';
    for (int i = 0; i < count; i++) {
        size_t length = strlen(entry);
        snprintf(entry + length, sizeof(entry) - length, "%.*s|", (int)fields[i].iov_len,
                 (const char *)fields[i].iov_base);
    }
    return result;
}

static void expect(const char *field)
{
    ck_assert_msg(strstr(entry, field) != NULL, "'%s' is not in '%s'", field, entry);
}

static void expect_none(const char *field)
{
    ck_assert_msg(strstr(entry, field) == NULL, "'%s' is in '%s'", field, entry);
}

START_TEST(a_line_outside_of_callbacks_says_what_it_is)
{
    ck_assert(journal_write("tested", LOG_LEVEL_WARNING, 4, "a line"));
    expect("MESSAGE=a line|PRIORITY=4|SYSLOG_IDENTIFIER=tested|WDFUSE_LEVEL=warning|");
    expect_none("WDFUSE_DRIVER");
}
END_TEST

static WDFREQUEST presented;

static VOID write_line(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    presented = Request;
    (void)journal_write("tested", LOG_LEVEL_INFO, 6, "inside");
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

START_TEST(a_line_of_a_callback_says_whose_it_is)
{
    char request[64], client[64];
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoRead = write_line;
    start_device();
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    snprintf(request, sizeof(request), "WDFUSE_REQUEST=%p|", (void *)presented);
    snprintf(client, sizeof(client), "WDFUSE_CLIENT=%d|", (int)getpid());
    expect("WDFUSE_DRIVER=test|WDFUSE_DEVICE=test|WDFUSE_CALLBACK=EvtIoRead|");
    expect(request);
    expect(client);
}
END_TEST

START_TEST(a_line_that_is_not_taken_is_said_not_to_be)
{
    result = -1;
    ck_assert(!journal_write("tested", LOG_LEVEL_INFO, 6, "a line"));
    result = 0;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tests = tcase_create("fields");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, a_line_outside_of_callbacks_says_what_it_is);
    tcase_add_test(tests, a_line_of_a_callback_says_whose_it_is);
    tcase_add_test(tests, a_line_that_is_not_taken_is_said_not_to_be);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
