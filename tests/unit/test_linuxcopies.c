/*
 * A copy beside its original: the same random operations on two files of a kind, one of them opened
 * as it is, the other through a stack on it. What they answer must not differ, whatever clients of
 * the copy have given up before.
 *
 * The seed is said first; WDFUSE_SEED gives it. WDFUSE_LONG: 100,000 operations on each kind.
 */
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

#include "device.h"
#include "linuxfile/linuxfile.h"
#include "nt/status.h"
#include "unit.h"

#define TRANSFER_MAX 1500
/* A terminal takes 4095 bytes; a FIFO 16 pages, which short writes do not fill. */
#define PENDING_MAX 3000

static char folder[64];
static uint64_t seed;
static int direct = -1;    /* the original */
static WDFUSEFILE copy;    /* of the second one */
static int second = -1;    /* the second one as it is, to look at it */
static int others[2];      /* the other sides: of the original, of the second; -1: there are none */
static unsigned pending;   /* bytes that can be read */
static unsigned operation; /* its number */

static unsigned random_below(unsigned limit)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % limit;
}

static void fill(unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)random_below(256);
}

/* ---- two of a kind ---- */

static void start_copy(const char *path)
{
    static const WDFUSE_LAYER layer = {.DriverEntry = linuxfile_entry,
                                       .ServiceName = LINUXFILE_SERVICE};
    keep_log();
    ck_assert_int_eq(linuxfile_next(path, false), 0);
    ck_status_eq(WdfuseInprocStartLayers(&layer, 1, &device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &copy), STATUS_SUCCESS);
}

static void begin(void)
{
    const char *given = getenv("WDFUSE_SEED");
    seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)getpid();
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    pending = 0;
    others[0] = others[1] = -1;
    strcpy(folder, "/tmp/wdfuse-copies-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end(void)
{
    char path[128];
    WdfuseInprocClose(copy);
    device_stop();
    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%u", folder, i);
        unlink(path);
        if (others[i] >= 0)
            close(others[i]);
    }
    close(direct);
    close(second);
    rmdir(folder);
}

static int open_terminal(int *slave, char *name, size_t size)
{
    struct termios terms;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(master, 0);
    ck_assert(grantpt(master) == 0 && unlockpt(master) == 0);
    ck_assert_int_eq(ptsname_r(master, name, size), 0);
    ck_assert_int_eq(tcgetattr(master, &terms), 0);
    cfmakeraw(&terms);
    ck_assert_int_eq(tcsetattr(master, TCSANOW, &terms), 0);
    *slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(*slave, 0);
    return master;
}

static int make_file(unsigned number, bool is_fifo, char *path, size_t size)
{
    snprintf(path, size, "%s/%u", folder, number);
    if (is_fifo)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(file, 0);
    return file;
}

/* ---- what both are asked ---- */

static void check_same(const char *what, ssize_t result, int error, NTSTATUS status, size_t count)
{
    int copied_error = nt_status_to_errno(status, strcmp(what, "ioctl") == 0);
    bool is_same =
        result < 0 ? error == copied_error : copied_error == 0 && count == (size_t)result;
    ck_assert_msg(is_same, "operation %u, %s: %zd, errno %d; the copy: %s, %zu", operation, what,
                  result, error, nt_status_name(status), count);
}

static void both_read(size_t length)
{
    unsigned char bytes[TRANSFER_MAX], copied[TRANSFER_MAX];
    size_t count = 0;
    ssize_t result = read(direct, bytes, length);
    int error = errno;
    NTSTATUS status = WdfuseInprocRead(copy, copied, length, &count);
    check_same("read", result, error, status, count);
    if (result > 0)
        ck_assert_mem_eq(bytes, copied, (size_t)result);
    pending -= result > 0 && others[0] >= 0 ? (unsigned)result : 0;
}

static size_t both_write(size_t length)
{
    unsigned char bytes[TRANSFER_MAX];
    size_t count = 0;
    fill(bytes, length);
    ssize_t result = write(direct, bytes, length);
    int error = errno;
    NTSTATUS status = WdfuseInprocWrite(copy, bytes, length, &count);
    check_same("write", result, error, status, count);
    return result > 0 ? (size_t)result : 0;
}

static void both_control(unsigned number, void *argument, void *copied, size_t size)
{
    size_t count;
    int result = ioctl(direct, number, argument);
    int error = errno;
    NTSTATUS status =
        WdfuseInprocFinish(WdfuseInprocBeginNativeIoctl(copy, number, copied), &count);
    check_same("ioctl", result, error, status, (size_t)(result > 0 ? result : 0));
    if (size > 0)
        ck_assert_mem_eq(argument, copied, size);
}

/* ---- the other sides ---- */

static unsigned readable(int file)
{
    int count = 0;
    return ioctl(file, FIONREAD, &count) == 0 ? (unsigned)count : 0;
}

static void others_write(size_t length)
{
    unsigned char bytes[TRANSFER_MAX];
    fill(bytes, length);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(write(others[i], bytes, length), (ssize_t)length);
    pending += (unsigned)length;
    eventually(readable(direct) == pending && readable(second) == pending);
}

static void read_all(int file, unsigned char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = read(file, bytes + done, length - done);
        ck_assert_int_gt(count, 0);
        done += (size_t)count;
    }
}

static void others_read(size_t length)
{
    unsigned char bytes[2][TRANSFER_MAX];
    for (unsigned i = 0; i < 2; i++)
        read_all(others[i], bytes[i], length);
    ck_assert_mem_eq(bytes[0], bytes[1], length);
}

/* A client of the copy gives up while bytes come: it has some of them, and the original is asked
 * for as many, or it has none, and all of them are left for the next one. */
static void copy_gives_up(size_t length)
{
    unsigned char sent[TRANSFER_MAX], bytes[TRANSFER_MAX], copied[TRANSFER_MAX];
    size_t count = 0;
    WDFUSEIO io = WdfuseInprocBeginRead(copy, copied, sizeof(copied));
    fill(sent, length);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(write(others[i], sent, length), (ssize_t)length);
    if (random_below(2) == 0)
        (void)WdfuseInprocWait(io, random_below(2));
    WdfuseInprocCancel(io);
    NTSTATUS status = WdfuseInprocFinish(io, &count);
    ck_assert_msg(status == STATUS_SUCCESS || (status == STATUS_CANCELLED && count == 0),
                  "operation %u: %s, %zu bytes", operation, nt_status_name(status), count);
    eventually(readable(direct) == length && readable(second) == length - count);
    if (count > 0)
        ck_assert_int_eq(read(direct, bytes, count), (ssize_t)count);
    ck_assert_mem_eq(bytes, copied, count);
    pending = (unsigned)(length - count);
}

static unsigned operations(void)
{
    return getenv("WDFUSE_LONG") != NULL ? 100000 : 3000;
}

/* ---- the kinds ---- */

static void step_terminal(void)
{
    struct winsize size = {.ws_row = (unsigned short)random_below(100)}, copied;
    struct termios terms = {0}, copied_terms = {0};
    int count, copied_count;
    switch (random_below(9)) {
    case 8:
        if (pending == 0)
            copy_gives_up(1 + random_below(TRANSFER_MAX));
        break;
    case 0:
    case 1:
        if (pending < PENDING_MAX - TRANSFER_MAX)
            others_write(1 + random_below(TRANSFER_MAX));
        break;
    case 2:
    case 3:
        if (pending > 0)
            both_read(random_below(TRANSFER_MAX + 1));
        break;
    case 4:
        others_read(both_write(random_below(TRANSFER_MAX + 1)));
        break;
    case 5:
        copied = size;
        both_control(random_below(2) == 0 ? TIOCSWINSZ : TIOCGWINSZ, &size, &copied, sizeof(size));
        break;
    case 6:
        both_control(TCGETS, &terms, &copied_terms, 36);
        break;
    default:
        count = copied_count = 0;
        both_control(random_below(2) == 0 ? FIONREAD : TIOCOUTQ, &count, &copied_count,
                     sizeof(count));
        break;
    }
}

START_TEST(a_terminal_and_its_copy_do_the_same)
{
    char name[64];
    begin();
    others[0] = open_terminal(&direct, name, sizeof(name));
    others[1] = open_terminal(&second, name, sizeof(name));
    start_copy(name);
    for (operation = 0; operation < operations(); operation++)
        step_terminal();
    end();
}
END_TEST

static void step_fifo(void)
{
    switch (random_below(4)) {
    case 3:
        if (pending == 0)
            copy_gives_up(1 + random_below(TRANSFER_MAX));
        break;
    case 0:
        if (pending < 10 * PENDING_MAX)
            others_write(1 + random_below(TRANSFER_MAX));
        break;
    case 1:
        if (pending > 0)
            both_read(random_below(TRANSFER_MAX + 1));
        break;
    default:
        if (pending == 0)
            others_read(both_write(random_below(TRANSFER_MAX + 1)));
        break;
    }
}

START_TEST(a_fifo_and_its_copy_do_the_same)
{
    char path[128];
    begin();
    direct = make_file(0, true, path, sizeof(path));
    others[0] = open(path, O_RDWR | O_CLOEXEC);
    second = make_file(1, true, path, sizeof(path));
    others[1] = open(path, O_RDWR | O_CLOEXEC);
    start_copy(path);
    for (operation = 0; operation < operations(); operation++)
        step_fifo();
    end();
}
END_TEST

START_TEST(a_file_and_its_copy_do_the_same)
{
    char path[128];
    struct stat status, copied;
    int flags = 0;
    begin();
    direct = make_file(0, false, path, sizeof(path));
    second = make_file(1, false, path, sizeof(path));
    start_copy(path);
    for (operation = 0; operation < operations(); operation++) {
        if (random_below(2) == 0)
            both_write(random_below(TRANSFER_MAX + 1));
        else
            both_read(random_below(TRANSFER_MAX + 1));
        if (operation % 100 == 0) {
            ck_assert_int_eq(lseek(direct, 0, SEEK_SET), 0);
            WdfuseInprocClose(copy); /* who opens it again is at its begin */
            ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &copy), STATUS_SUCCESS);
        }
        both_control(TCGETS, &flags, &flags, 0); /* no terminal */
    }
    ck_assert_int_eq(fstat(direct, &status), 0);
    ck_assert_int_eq(fstat(second, &copied), 0);
    ck_assert_int_eq(status.st_size, copied.st_size);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linuxcopies");
    TCase *copies = tcase_create("copies");
    tcase_set_timeout(copies, 600);
    tcase_add_test(copies, a_terminal_and_its_copy_do_the_same);
    tcase_add_test(copies, a_fifo_and_its_copy_do_the_same);
    tcase_add_test(copies, a_file_and_its_copy_do_the_same);
    suite_add_tcase(suite, copies);
    return unit_run(suite);
}
