/*
 * Files of Linux: a stack on one, and targets that are opened by a path. Real files, so that others
 * act while a test waits; the process itself is what is on their other side.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <wdfuse/poll.h>

#include "device.h"
#include "linuxfile/linuxfile.h"
#include "linuxfile/patience.h"
#include "nt/status.h"
#include "port/thread.h"
#include "unit.h"

/* ---- the other side ---- */

static char folder[] = "/tmp/wdfuse-linuxfile-XXXXXX";
static char path[64];
static int other = -1; /* the master of a terminal, the other end of a FIFO */

static void make_folder(void)
{
    strcpy(folder, "/tmp/wdfuse-linuxfile-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    if (other >= 0)
        close(other);
    other = -1;
    if (strncmp(path, folder, strlen(folder)) == 0)
        unlink(path);
    rmdir(folder);
}

static void make_raw(int terminal, unsigned char min, unsigned char time)
{
    struct termios terms;
    ck_assert_int_eq(tcgetattr(terminal, &terms), 0);
    cfmakeraw(&terms);
    terms.c_cc[VMIN] = min;
    terms.c_cc[VTIME] = time;
    ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &terms), 0);
}

/* A raw one; `path` is its slave, `other` its master. */
static void make_terminal(void)
{
    other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(other, 0);
    ck_assert_int_eq(grantpt(other), 0);
    ck_assert_int_eq(unlockpt(other), 0);
    ck_assert_int_eq(ptsname_r(other, path, sizeof(path)), 0);
    make_raw(other, 1, 0);
}

static void make_fifo(void)
{
    snprintf(path, sizeof(path), "%s/fifo", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_regular(const char *content)
{
    snprintf(path, sizeof(path), "%s/file", folder);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, content, strlen(content)), (ssize_t)strlen(content));
    close(file);
}

static void other_writes(const char *text)
{
    ck_assert_int_eq(write(other, text, strlen(text)), (ssize_t)strlen(text));
}

static void other_reads(const char *expected)
{
    char text[64] = "";
    size_t length = strlen(expected), done = 0;
    while (done < length) {
        struct pollfd entry = {.fd = other, .events = POLLIN};
        ck_assert_int_eq(poll(&entry, 1, 10000), 1);
        ssize_t count = read(other, text + done, length - done);
        ck_assert_int_gt(count, 0);
        done += (size_t)count;
    }
    ck_assert_str_eq(text, expected);
}

/* ---- a copy ---- */

static void start_copy(const char *of)
{
    static const WDFUSE_LAYER layer = {.DriverEntry = linuxfile_entry,
                                       .ServiceName = LINUXFILE_SERVICE};
    keep_log();
    ck_assert_int_eq(linuxfile_next(of, false), 0);
    ck_status_eq(WdfuseInprocStartLayers(&layer, 1, &device), STATUS_SUCCESS);
}

static void end_copy(void)
{
    if (device != NULL)
        device_stop();
}

START_TEST(what_is_written_comes_out_on_the_other_side)
{
    size_t count;
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocWrite(file, "hello", 5, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 5);
    other_reads("hello");
}
END_TEST

START_TEST(a_read_takes_what_is_there)
{
    char text[16] = "";
    size_t count;
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    other_writes("abc");
    ck_status_eq(WdfuseInprocRead(file, text, sizeof(text), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(text, "abc");
}
END_TEST

START_TEST(a_read_waits_for_the_other_side)
{
    char text[16] = "";
    make_terminal();
    start_copy(path);
    WDFUSEIO io = WdfuseInprocBeginRead(open_file(), text, sizeof(text));
    ck_assert(!WdfuseInprocIsComplete(io));
    other_writes("late");
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4);
    ck_assert_str_eq(text, "late");
}
END_TEST

START_TEST(a_read_that_waits_is_given_up)
{
    char text[16];
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    WDFUSEIO io = WdfuseInprocBeginRead(file, text, sizeof(text));
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
    other_writes("x"); /* for the next one */
    io = WdfuseInprocBeginRead(file, text, sizeof(text));
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 1);
}
END_TEST

START_TEST(a_read_of_a_terminal_in_its_own_terms_waits_for_them)
{
    char text[16] = "";
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    make_raw(other, 3, 0);
    WDFUSEIO io = WdfuseInprocBeginRead(file, text, sizeof(text));
    other_writes("a");
    ck_assert(!WdfuseInprocIsComplete(io));
    other_writes("bc");
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 3);
    ck_assert_str_eq(text, "abc");
    make_raw(other, 0, 1); /* what has not come after a tenth of a second is not waited for */
    io = WdfuseInprocBeginRead(file, text, sizeof(text));
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 0);
    make_raw(other, 2, 0);
    io = WdfuseInprocBeginRead(file, text, sizeof(text));
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(a_long_write_waits_for_the_reader)
{
    static unsigned char sent[128 * 1024], got[sizeof(sent)];
    size_t done = 0;
    for (size_t i = 0; i < sizeof(sent); i++)
        sent[i] = (unsigned char)(i * 7 + i / 251);
    make_fifo();
    start_copy(path);
    other = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), sent, sizeof(sent));
    while (done < sizeof(got)) {
        struct pollfd entry = {.fd = other, .events = POLLIN};
        ck_assert_int_eq(poll(&entry, 1, 10000), 1);
        ssize_t count = read(other, got + done, sizeof(got) - done);
        ck_assert_int_gt(count, 0);
        done += (size_t)count;
    }
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), sizeof(sent));
    ck_assert_mem_eq(sent, got, sizeof(sent));
}
END_TEST

START_TEST(an_open_waits_as_the_file_does)
{
    WDFUSEFILE file;
    make_fifo();
    start_copy(path);
    WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDONLY);
    ck_assert(!WdfuseInprocIsComplete(io));
    WdfuseInprocCancel(io);
    ck_status_eq(WdfuseInprocFinishOpen(io, &file), STATUS_CANCELLED);
    io = WdfuseInprocBeginOpen(device, O_RDONLY);
    other = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(other, 0);
    ck_status_eq(WdfuseInprocFinishOpen(io, &file), STATUS_SUCCESS);
    close_file(file);
    ck_status_eq(WdfuseInprocOpen(device, O_WRONLY | O_NONBLOCK, &file),
                 nt_status_from_errno(ENXIO, false)); /* nobody reads */
}
END_TEST

START_TEST(a_write_that_nobody_reads_fails_and_kills_nobody)
{
    WDFUSEFILE file;
    make_fifo();
    start_copy(path);
    other = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ck_status_eq(WdfuseInprocOpen(device, O_WRONLY, &file), STATUS_SUCCESS);
    close(other);
    other = -1;
    ck_assert_int_eq(nt_status_to_errno(WdfuseInprocWrite(file, "x", 1, NULL), false), EPIPE);
    close_file(file);
}
END_TEST

START_TEST(poll_says_what_the_file_says)
{
    char text[16];
    make_terminal();
    start_copy(path);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR | O_NONBLOCK, &file), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollOut);
    ck_status_eq(WdfuseInprocRead(file, text, sizeof(text), NULL), STATUS_CANT_WAIT);
    other_writes("ab");
    ck_assert_uint_ne(WdfuseInprocWaitForEvents(file, WdfusePollIn, 10000), 0);
    ck_status_eq(WdfuseInprocRead(file, text, 1, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollIn | WdfusePollOut);
    ck_status_eq(WdfuseInprocRead(file, text, 1, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollOut);
    close_file(file);
}
END_TEST

/* ---- who is woken ---- */

/* Of an epoll set of this process the events that `path` is watched for; -1: of none. */
static int watched_events(void)
{
    char name[64], line[128], leads_to[64];
    int events = -1;
    DIR *infos = opendir("/proc/self/fdinfo");
    for (const struct dirent *entry; (entry = readdir(infos)) != NULL;) {
        snprintf(name, sizeof(name), "/proc/self/fdinfo/%.16s", entry->d_name);
        FILE *info = fopen(name, "re");
        int descriptor;
        unsigned found;
        while (info != NULL && fgets(line, sizeof(line), info) != NULL) {
            if (sscanf(line, "tfd: %d events: %x", &descriptor, &found) != 2)
                continue;
            snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
            ssize_t length = readlink(name, leads_to, sizeof(leads_to) - 1);
            leads_to[length > 0 ? length : 0] = '\0';
            if (strcmp(leads_to, path) == 0)
                events = (int)(found & (POLLIN | POLLPRI | POLLOUT));
        }
        if (info != NULL)
            fclose(info);
    }
    closedir(infos);
    return events;
}

/* Each read finds its byte, so that none waits. */
static void have_traffic(WDFUSEFILE file, unsigned count)
{
    int looks = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    char text[16];
    for (unsigned i = 0; i < count; i++) {
        struct pollfd entry = {.fd = looks, .events = POLLIN};
        other_writes("x");
        ck_assert_int_eq(poll(&entry, 1, 10000), 1);
        ck_status_eq(WdfuseInprocRead(file, text, sizeof(text), NULL), STATUS_SUCCESS);
    }
    close(looks);
}

START_TEST(data_that_nobody_waits_for_are_not_watched)
{
    char text[16] = "";
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    ck_assert_int_eq(watched_events(), POLLIN);
    for (unsigned i = 0; watched_events() == POLLIN; i++) {
        ck_assert_uint_lt(i, 1000);
        have_traffic(file, 20);
    }
    ck_assert_int_eq(watched_events(), 0);
    WDFUSEIO io = WdfuseInprocBeginRead(file, text, sizeof(text));
    ck_assert_int_eq(watched_events(), POLLIN);
    other_writes("late");
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4);
    ck_assert_str_eq(text, "late");
}
END_TEST

/* So that it is heard when it hangs up. */
START_TEST(a_file_without_traffic_is_watched_again)
{
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    do
        have_traffic(file, 20);
    while (watched_events() == POLLIN);
    other_writes("nobody reads this");
    eventually(watched_events() == POLLIN);
}
END_TEST

START_TEST(who_polls_after_traffic_is_told_the_truth)
{
    char text[16];
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    do
        have_traffic(file, 20);
    while (watched_events() == POLLIN);
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollOut);
    ck_assert_int_eq(watched_events(), POLLIN | POLLPRI);
    other_writes("ab");
    ck_assert_uint_ne(WdfuseInprocWaitForEvents(file, WdfusePollIn, 10000), 0);
    ck_status_eq(WdfuseInprocRead(file, text, sizeof(text), NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollOut);
    have_traffic(file, 40);
    ck_assert_int_eq(watched_events(), POLLIN | POLLPRI);
}
END_TEST

/* Room is watched for as long as a write waits. */
START_TEST(room_that_nobody_waits_for_is_not_watched)
{
    static unsigned char sent[128 * 1024], got[sizeof(sent)];
    make_fifo();
    start_copy(path);
    other = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), sent, sizeof(sent));
    ck_assert(!WdfuseInprocIsComplete(io));
    ck_assert_int_eq(watched_events() & POLLOUT, POLLOUT);
    for (size_t done = 0; done < sizeof(got);) {
        struct pollfd entry = {.fd = other, .events = POLLIN};
        ck_assert_int_eq(poll(&entry, 1, 10000), 1);
        ssize_t count = read(other, got + done, sizeof(got) - done);
        ck_assert_int_gt(count, 0);
        done += (size_t)count;
    }
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), sizeof(sent));
    eventually((watched_events() & POLLOUT) == 0);
}
END_TEST

static _Atomic(bool) echo_stops;

static void echo(void *unused)
{
    char text[64];
    UNREFERENCED_PARAMETER(unused);
    while (!echo_stops) {
        struct pollfd entry = {.fd = other, .events = POLLIN};
        ssize_t count = poll(&entry, 1, 10) > 0 ? read(other, text, sizeof(text)) : 0;
        if (count > 0 && write(other, text, (size_t)count) != count)
            return;
    }
}

static void exchange(WDFUSEFILE file, unsigned number)
{
    char sent[16] = "", text[16] = "";
    size_t done = 0, count;
    snprintf(sent, sizeof(sent), "%015u", number);
    ck_status_eq(WdfuseInprocWrite(file, sent, sizeof(sent), NULL), STATUS_SUCCESS);
    while (done < sizeof(text)) {
        ck_status_eq(WdfuseInprocRead(file, text + done, sizeof(text) - done, &count),
                     STATUS_SUCCESS);
        done += count;
    }
    ck_assert_str_eq(text, sent);
}

/* Whether a read waits in place, in the queue or not at all: nothing is lost, and one that was
 * given up takes nothing. */
START_TEST(exchanges_with_a_quick_terminal)
{
    struct port_thread thread;
    char text[16];
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    echo_stops = false;
    ck_assert_int_eq(port_thread_start(&thread, "echo", echo, NULL), 0);
    for (unsigned i = 0; i < 600; i++) {
        exchange(file, i);
        if (i % 20 == 19) {
            WDFUSEIO io = WdfuseInprocBeginRead(file, text, sizeof(text));
            WdfuseInprocCancel(io);
            finish_with(io, STATUS_CANCELLED);
        }
        if (i >= 400 && i % 20 == 0)
            ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollOut);
    }
    echo_stops = true;
    port_thread_join(&thread);
}
END_TEST

/* How many reads are queued at once before the next one waits in place. */
static unsigned count_impatient(struct patience *patience)
{
    unsigned count = 0;
    while (!patience_is_called_for(patience)) {
        patience_note_queue(patience, PATIENCE_NS / 2);
        count++;
    }
    return count;
}

START_TEST(a_read_is_patient_where_data_come_soon)
{
    struct patience patience = {0};
    ck_assert(!patience_is_called_for(&patience));
    patience_note_queue(&patience, PATIENCE_NS + 1);
    ck_assert(!patience_is_called_for(&patience));
    patience_note_queue(&patience, PATIENCE_NS);
    for (unsigned i = 0; i < 10; i++) {
        ck_assert(patience_is_called_for(&patience));
        patience_note_place(&patience, true);
    }
}
END_TEST

START_TEST(a_read_that_waits_in_vain_makes_the_next_ones_impatient)
{
    struct patience patience = {.is_soon = true};
    unsigned last = 0;
    for (unsigned i = 0; i < 7; i++) {
        ck_assert(patience_is_called_for(&patience));
        patience_note_place(&patience, false);
        ck_assert(!patience_is_called_for(&patience)); /* whatever comes, or never comes, then */
        unsigned count = count_impatient(&patience);
        ck_assert_uint_gt(count, last);
        last = count;
    }
    for (unsigned i = 0; i < 10; i++)
        patience_note_place(&patience, false);
    ck_assert_uint_le(count_impatient(&patience), PATIENCE_PENALTY_MAX + 1);
    for (unsigned i = 0; i < 10; i++)
        patience_note_place(&patience, true);
    patience_note_place(&patience, false);
    ck_assert_uint_le(count_impatient(&patience), PATIENCE_PENALTY_MIN + 1); /* it is forgotten */
}
END_TEST

static NTSTATUS native(WDFUSEFILE file, ULONG code, PVOID argument, size_t *count)
{
    return WdfuseInprocFinish(WdfuseInprocBeginNativeIoctl(file, code, argument), count);
}

START_TEST(numbers_of_linux_reach_the_file)
{
    struct winsize size = {.ws_row = 12, .ws_col = 34}, found = {0};
    int waiting = 0;
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    ck_status_eq(native(file, TIOCSWINSZ, &size, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(ioctl(other, TIOCGWINSZ, &found), 0);
    ck_assert_uint_eq(found.ws_row, 12);
    found = (struct winsize){0};
    ck_status_eq(native(file, TIOCGWINSZ, &found, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(found.ws_col, 34);
    other_writes("abc");
    eventually(NT_SUCCESS(native(file, FIONREAD, &waiting, NULL)) && waiting == 3);
    ck_status_eq(native(file, TCFLSH, (PVOID)TCIFLUSH, NULL), STATUS_SUCCESS);
    ck_status_eq(native(file, FIONREAD, &waiting, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(waiting, 0);
}
END_TEST

START_TEST(a_number_that_nobody_knows_is_none)
{
    char memory[64] = "";
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    ck_assert_int_eq(nt_status_to_errno(native(file, _IOWR('V', 1, char[64]), memory, NULL), true),
                     ENOTTY);
    ck_assert_int_eq(nt_status_to_errno(native(file, 0x1234, memory, NULL), true), ENOTTY);
    /* A structure of which only a part has come: the kernel would write beyond. */
    ck_assert_int_eq(
        nt_status_to_errno(WdfuseInprocIoctl(file, TCGETS, NULL, 0, memory, 4, NULL), true),
        ENOTTY);
}
END_TEST

/* By a code of Windows, whose METHOD says that the addresses are the client's. */
static int error_by_code(WDFUSEFILE file, ULONG code, PVOID bytes, size_t length)
{
    return nt_status_to_errno(WdfuseInprocIoctl(file, code, bytes, length, NULL, 0, NULL), true);
}

START_TEST(what_has_not_come_is_not_looked_at)
{
    char memory[64] = "";
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    ck_assert_int_eq(error_by_code(file, TCSETSW, memory, 44), ENOTTY);
    ck_assert_int_eq(error_by_code(file, TCFLSH, memory, 8), ENOTTY);
    ck_assert_int_eq(
        nt_status_to_errno(native(file, _IOC(_IOC_NONE, 'H', 7, 16383), memory, NULL), true),
        ENOTTY);
}
END_TEST

START_TEST(the_daemons_rights_are_not_its_clients)
{
    int discipline = 0;
    make_terminal();
    start_copy(path);
    ck_assert_int_eq(nt_status_to_errno(native(open_file(), TIOCSETD, &discipline, NULL), true),
                     EPERM);
}
END_TEST

START_TEST(a_write_that_is_given_up_says_what_it_has_done)
{
    static const unsigned char sent[128 * 1024];
    make_fifo();
    start_copy(path);
    other = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), sent, sizeof(sent));
    ck_assert(!WdfuseInprocIsComplete(io));
    WdfuseInprocCancel(io);
    size_t done = finish_with(io, STATUS_SUCCESS);
    ck_assert(done > 0 && done < sizeof(sent));
}
END_TEST

START_TEST(another_file_in_its_place_is_not_opened)
{
    WDFUSEFILE file;
    make_regular("one");
    start_copy(path);
    unlink(path);
    ck_assert_int_eq(symlink("/dev/zero", path), 0);
    ck_assert_int_eq(nt_status_to_errno(WdfuseInprocOpen(device, O_RDWR, &file), false), ENODEV);
    eventually(WdfuseInprocHasFailed(device));
}
END_TEST

START_TEST(a_file_that_never_waits_is_read_and_written)
{
    char text[16] = "";
    size_t count;
    make_regular("0123456789");
    start_copy(path);
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocRead(file, text, 4, &count), STATUS_SUCCESS);
    ck_assert_str_eq(text, "0123");
    ck_status_eq(WdfuseInprocWrite(file, "xx", 2, &count), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRead(file, text, 16, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 4);
    ck_status_eq(WdfuseInprocRead(file, text, 16, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(devices_of_memory_are_copied)
{
    char text[16] = "something";
    size_t count;
    start_copy("/dev/zero");
    ck_status_eq(WdfuseInprocRead(open_file(), text, sizeof(text), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, sizeof(text));
    ck_assert_int_eq(text[0], 0);
    device_stop();
    start_copy("/dev/full");
    ck_assert_int_eq(nt_status_to_errno(WdfuseInprocWrite(open_file(), "x", 1, NULL), false),
                     ENOSPC);
}
END_TEST

START_TEST(what_cannot_be_served_is_refused_at_the_start)
{
    keep_log();
    ck_assert_int_eq(linuxfile_next(folder, false), -EISDIR);
    ck_assert_int_eq(linuxfile_next("/tmp/wdfuse-linuxfile-none", false), -ENOENT);
    ck_assert_int_eq(linuxfile_next("/dev/null/x", false), -ENOTDIR);
}
END_TEST

START_TEST(a_device_that_is_pulled_out_takes_the_stack_with_it)
{
    char text[16];
    make_terminal();
    start_copy(path);
    WDFUSEFILE file = open_file();
    WDFUSEIO io = WdfuseInprocBeginRead(file, text, sizeof(text));
    close(other); /* with its master the slave is gone from /dev/pts */
    other = -1;
    size_t count;
    (void)WdfuseInprocFinish(io, &count);
    eventually(WdfuseInprocHasFailed(device));
}
END_TEST

START_TEST(a_device_that_sleeps_leaves_its_file_awake)
{
    char text[16] = "";
    make_terminal();
    start_copy(path);
    WDFUSEIO io = WdfuseInprocBeginRead(open_file(), text, sizeof(text));
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    other_writes("on");
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 2);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
}
END_TEST

/* ---- targets ---- */

static WDFIOTARGET target;
static unsigned completed, removals;
static NTSTATUS last_status;
static size_t last_count;

static NTSTATUS plain_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static VOID on_removed(WDFIOTARGET Target)
{
    WdfIoTargetClose(Target);
    __atomic_add_fetch(&removals, 1, __ATOMIC_SEQ_CST); /* who waits for it opens it again */
}

static NTSTATUS open_target(const char *name)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WCHAR buffer[128];
    UNICODE_STRING text = {.Buffer = buffer};
    for (text.Length = 0; name[text.Length / 2] != '\0'; text.Length += 2)
        buffer[text.Length / 2] = (WCHAR)name[text.Length / 2];
    text.MaximumLength = text.Length;
    if (target == NULL)
        ck_status_eq(
            WdfIoTargetCreate(WdfuseInprocGetDevice(device), WDF_NO_OBJECT_ATTRIBUTES, &target),
            STATUS_SUCCESS);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &text, GENERIC_READ | GENERIC_WRITE);
    params.EvtIoTargetRemoveComplete = on_removed;
    return WdfIoTargetOpen(target, &params);
}

static void start_sender(void)
{
    target = NULL;
    completed = removals = 0;
    device_start_with(plain_add);
}

static NTSTATUS send_now(bool is_read, PVOID buffer, ULONG length, LONGLONG offset,
                         ULONG_PTR *count)
{
    WDF_MEMORY_DESCRIPTOR memory;
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, buffer, length);
    return is_read ? WdfIoTargetSendReadSynchronously(target, NULL, &memory, &offset, NULL, count)
                   : WdfIoTargetSendWriteSynchronously(target, NULL, &memory, &offset, NULL, count);
}

START_TEST(a_target_is_a_file_by_its_path)
{
    char text[16] = "";
    ULONG_PTR count;
    make_regular("0123456789");
    start_sender();
    char name[96];
    const char *prefixes[] = {"", "\\??\\", "\\DosDevices\\"};
    for (unsigned i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", prefixes[i], path);
        ck_status_eq(open_target(name), STATUS_SUCCESS);
        ck_status_eq(send_now(true, text, 4, 3, &count), STATUS_SUCCESS);
        ck_assert_uint_eq(count, 4);
        ck_assert_str_eq(text, "3456");
        WdfIoTargetClose(target);
    }
    ck_status_eq(open_target(path), STATUS_SUCCESS);
    ck_status_eq(send_now(false, (PVOID)(ULONG_PTR) "xyz", 3, 8, &count), STATUS_SUCCESS);
    ck_status_eq(send_now(true, text, sizeof(text), 6, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 5);
    ck_assert_int_eq(memcmp(text, "67xyz", 5), 0);
}
END_TEST

START_TEST(a_target_that_is_not_there_is_not_opened)
{
    start_sender();
    ck_status_eq(open_target("/dev/wdfuse-none"), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(open_target(folder), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_read_of_a_target_waits)
{
    char text[16];
    ULONG_PTR count;
    make_terminal();
    start_sender();
    ck_status_eq(open_target(path), STATUS_SUCCESS);
    other_writes("now");
    ck_status_eq(send_now(true, text, sizeof(text), 0, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 3);
}
END_TEST

static VOID on_complete(WDFREQUEST Request, WDFIOTARGET Target,
                        PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    __atomic_store_n(&last_status, Params->IoStatus.Status, __ATOMIC_SEQ_CST);
    __atomic_store_n(&last_count, Params->IoStatus.Information, __ATOMIC_SEQ_CST);
    WdfObjectDelete(Request);
    __atomic_add_fetch(&completed, 1, __ATOMIC_SEQ_CST);
}

static unsigned completed_now(void)
{
    return __atomic_load_n(&completed, __ATOMIC_SEQ_CST);
}

static WDFREQUEST begin_target_read(void)
{
    WDFREQUEST request;
    WDFMEMORY memory;
    WDF_OBJECT_ATTRIBUTES attributes;
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &request), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = request;
    ck_status_eq(WdfMemoryCreate(&attributes, NonPagedPool, 0, 16, &memory, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, request, memory, NULL, NULL),
                 STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(request, on_complete, NULL);
    ck_assert(WdfRequestSend(request, target, WDF_NO_SEND_OPTIONS));
    return request;
}

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    while (readdir(tasks) != NULL)
        count++;
    closedir(tasks);
    return count;
}

/* 10,000 of them, as the length of the suite goes. */
#define MANY 10000

START_TEST(reads_that_wait_take_no_threads)
{
    make_terminal();
    start_sender();
    ck_status_eq(open_target(path), STATUS_SUCCESS);
    begin_target_read();
    unsigned before = count_threads();
    for (unsigned i = 1; i < MANY; i++)
        begin_target_read();
    ck_assert_uint_eq(count_threads(), before);
    ck_assert_uint_eq(completed_now(), 0);
    other_writes("first");
    eventually(completed_now() == 1);
    ck_status_eq(last_status, STATUS_SUCCESS);
    ck_assert_uint_eq(last_count, 5);
    WdfIoTargetPurge(target, WdfIoTargetPurgeIoAndWait);
    ck_assert_uint_eq(completed_now(), MANY);
    ck_status_eq(last_status, STATUS_CANCELLED);
}
END_TEST

/* What is no device of ours fails it by its address, which must be that of the sender's memory. */
START_TEST(a_code_that_says_where_its_memory_is_brings_it)
{
    WDF_MEMORY_DESCRIPTOR memory;
    char bytes[4] = "abc";
    make_regular("0123456789");
    start_sender();
    ck_status_eq(open_target(path), STATUS_SUCCESS);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, bytes, sizeof(bytes));
    ck_status_eq(WdfIoTargetSendIoctlSynchronously(
                     target, NULL,
                     CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_NEITHER, FILE_ANY_ACCESS), &memory,
                     NULL, NULL, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(a_target_and_a_stack_share_the_driver)
{
    char text[16];
    ULONG_PTR count;
    make_terminal();
    start_copy(path);
    target = NULL;
    ck_status_eq(open_target("/dev/zero"), STATUS_SUCCESS);
    ck_status_eq(send_now(true, text, sizeof(text), 0, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, sizeof(text));
}
END_TEST

START_TEST(a_target_hears_that_its_file_is_gone)
{
    make_terminal();
    start_sender();
    ck_status_eq(open_target(path), STATUS_SUCCESS);
    begin_target_read();
    close(other);
    other = -1;
    eventually(__atomic_load_n(&removals, __ATOMIC_SEQ_CST) == 1);
    eventually(completed_now() == 1);
    ck_status_eq(open_target(path), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_target_takes_numbers_of_linux)
{
    struct winsize size = {.ws_row = 5, .ws_col = 6}, found = {0};
    WDF_MEMORY_DESCRIPTOR memory;
    ULONG_PTR count;
    make_terminal();
    start_sender();
    ck_status_eq(open_target(path), STATUS_SUCCESS);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, &size, sizeof(size));
    ck_status_eq(
        WdfIoTargetSendIoctlSynchronously(target, NULL, TIOCSWINSZ, &memory, NULL, NULL, NULL),
        STATUS_SUCCESS);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, &found, sizeof(found));
    ck_status_eq(
        WdfIoTargetSendIoctlSynchronously(target, NULL, TIOCGWINSZ, NULL, &memory, NULL, &count),
        STATUS_SUCCESS);
    ck_assert_uint_eq(found.ws_col, 6);
    /* To a file that is no device of ours a control code means nothing. */
    NTSTATUS status = WdfIoTargetSendIoctlSynchronously(
        target, NULL, CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS), NULL,
        &memory, NULL, &count);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linuxfile");
    TCase *copies = tcase_create("copies");
    tcase_add_checked_fixture(copies, make_folder, remove_folder);
    tcase_add_checked_fixture(copies, NULL, end_copy);
    tcase_add_test(copies, what_is_written_comes_out_on_the_other_side);
    tcase_add_test(copies, a_read_takes_what_is_there);
    tcase_add_test(copies, a_read_waits_for_the_other_side);
    tcase_add_test(copies, a_read_that_waits_is_given_up);
    tcase_add_test(copies, a_read_of_a_terminal_in_its_own_terms_waits_for_them);
    tcase_add_test(copies, a_long_write_waits_for_the_reader);
    tcase_add_test(copies, an_open_waits_as_the_file_does);
    tcase_add_test(copies, a_write_that_nobody_reads_fails_and_kills_nobody);
    tcase_add_test(copies, poll_says_what_the_file_says);
    tcase_add_test(copies, data_that_nobody_waits_for_are_not_watched);
    tcase_add_test(copies, a_file_without_traffic_is_watched_again);
    tcase_add_test(copies, who_polls_after_traffic_is_told_the_truth);
    tcase_add_test(copies, room_that_nobody_waits_for_is_not_watched);
    tcase_add_test(copies, exchanges_with_a_quick_terminal);
    tcase_add_test(copies, a_read_is_patient_where_data_come_soon);
    tcase_add_test(copies, a_read_that_waits_in_vain_makes_the_next_ones_impatient);
    tcase_add_test(copies, numbers_of_linux_reach_the_file);
    tcase_add_test(copies, a_number_that_nobody_knows_is_none);
    tcase_add_test(copies, what_has_not_come_is_not_looked_at);
    tcase_add_test(copies, the_daemons_rights_are_not_its_clients);
    tcase_add_test(copies, a_write_that_is_given_up_says_what_it_has_done);
    tcase_add_test(copies, another_file_in_its_place_is_not_opened);
    tcase_add_test(copies, a_file_that_never_waits_is_read_and_written);
    tcase_add_test(copies, devices_of_memory_are_copied);
    tcase_add_test(copies, what_cannot_be_served_is_refused_at_the_start);
    tcase_add_test(copies, a_device_that_is_pulled_out_takes_the_stack_with_it);
    tcase_add_test(copies, a_device_that_sleeps_leaves_its_file_awake);
    suite_add_tcase(suite, copies);
    TCase *targets = tcase_create("targets");
    tcase_set_timeout(targets, 60);
    tcase_add_checked_fixture(targets, make_folder, remove_folder);
    tcase_add_checked_fixture(targets, NULL, end_copy);
    tcase_add_test(targets, a_target_is_a_file_by_its_path);
    tcase_add_test(targets, a_target_that_is_not_there_is_not_opened);
    tcase_add_test(targets, a_read_of_a_target_waits);
    tcase_add_test(targets, reads_that_wait_take_no_threads);
    tcase_add_test(targets, a_code_that_says_where_its_memory_is_brings_it);
    tcase_add_test(targets, a_target_and_a_stack_share_the_driver);
    tcase_add_test(targets, a_target_hears_that_its_file_is_gone);
    tcase_add_test(targets, a_target_takes_numbers_of_linux);
    suite_add_tcase(suite, targets);
    return unit_run(suite);
}
