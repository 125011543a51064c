/* The driver in C++ (tests/drivers/history.cc) with a client in C++: classes as contexts (S1.18,
 * S1.23, S1.27). */
#include <fcntl.h>

#include <wdfuse/inproc.h>

#include "history.h"
#include "unit.h"

extern "C" DRIVER_INITIALIZE DriverEntry;

namespace
{

class Client
{
  public:
    explicit Client(WDFUSEDEVICE Device)
    {
        ck_assert_int_eq(WdfuseInprocOpen(Device, O_RDWR, &m_File), STATUS_SUCCESS);
    }

    ~Client()
    {
        WdfuseInprocClose(m_File);
    }

    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    void Write(const char *Text)
    {
        size_t count;
        ck_assert_int_eq(WdfuseInprocWrite(m_File, Text, strlen(Text), &count), STATUS_SUCCESS);
        ck_assert_uint_eq(count, strlen(Text));
    }

    void ExpectLine(const char *Text)
    {
        char line[HISTORY_LINE_SIZE];
        size_t count;
        ck_assert_int_eq(WdfuseInprocRead(m_File, line, sizeof(line), &count), STATUS_SUCCESS);
        ck_assert_mem_eq(line, Text, min(count, strlen(Text)));
        ck_assert_uint_eq(count, strlen(Text));
    }

    ULONG Readers()
    {
        ULONG readers;
        size_t count;
        ck_assert_int_eq(WdfuseInprocIoctl(m_File, IOCTL_HISTORY_COUNT_READERS, nullptr, 0,
                                           &readers, sizeof(readers), &count),
                         STATUS_SUCCESS);
        return readers;
    }

    WDFUSEIO BeginRead(char (&Line)[HISTORY_LINE_SIZE])
    {
        return WdfuseInprocBeginRead(m_File, Line, sizeof(Line));
    }

  private:
    WDFUSEFILE m_File;
};

WDFUSEDEVICE device;

void start()
{
    ck_assert_int_eq(WdfuseInprocStart(DriverEntry, "history", &device), STATUS_SUCCESS);
}

void stop()
{
    WdfuseInprocStop(device);
}

} // namespace

/* Each file has a context of its own (S1.18): a class with a position. */
START_TEST(each_file_reads_at_its_own_pace)
{
    Client writer(device), slow(device);
    writer.Write("one");
    slow.ExpectLine("one");
    writer.Write("two");
    Client late(device);
    late.ExpectLine("one");
    late.ExpectLine("two");
    slow.ExpectLine("two");
}
END_TEST

START_TEST(lines_that_are_no_more_kept_are_passed_over)
{
    Client client(device);
    for (char line = 'a'; line < 'a' + HISTORY_LINES + 2; line++) {
        const char text[] = {line, '\0'};
        client.Write(text);
    }
    client.ExpectLine("c");
}
END_TEST

START_TEST(a_read_behind_the_last_line_waits_for_the_next)
{
    Client reader(device), writer(device);
    char line[HISTORY_LINE_SIZE];
    size_t count;
    WDFUSEIO read = reader.BeginRead(line);
    ck_assert(!WdfuseInprocIsComplete(read));
    writer.Write("come");
    ck_assert_int_eq(WdfuseInprocFinish(read, &count), STATUS_SUCCESS);
    ck_assert_mem_eq(line, "come", 4);
    ck_assert_uint_eq(count, 4);
}
END_TEST

/* The object's cleanup callback destroys the class (S1.27). */
START_TEST(the_context_is_destructed_with_its_file)
{
    Client client(device);
    ck_assert_uint_eq(client.Readers(), 1);
    {
        Client other(device);
        ck_assert_uint_eq(client.Readers(), 2);
    }
    ck_assert_uint_eq(client.Readers(), 1);
}
END_TEST

int main()
{
    Suite *suite = suite_create("history");
    TCase *tests = tcase_create("history");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, each_file_reads_at_its_own_pace);
    tcase_add_test(tests, lines_that_are_no_more_kept_are_passed_over);
    tcase_add_test(tests, a_read_behind_the_last_line_waits_for_the_next);
    tcase_add_test(tests, the_context_is_destructed_with_its_file);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
