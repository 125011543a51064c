/*
 * Many reads and writes at once, each verified.
 *
 * Each operation uses an open file of its own. So a read gets the device's present message,
 * whatever the others have read; and where reads wait for something new (manual dispatch), one
 * write is enough for all of them.
 *
 * A read must yield one whole message of this run. Before the first write there is none to be had:
 * a read that comes back with nothing, or with what was there before, is repeated when the first
 * write is complete.
 *
 * The first failure cancels what is outstanding, since reads may wait for writes that will not
 * come.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "async.h"
#include "failure.h"
#include "interrupt.h"
#include "operations.h"
#include "report.h"

#define USUAL_SIZE 512

/* So many reads are submitted before as many writes are: all of them, usually, to see them wait.
 * Where the kernel gives an engine fewer threads than it asks for, reads must not take them all. */
#define READS_AHEAD 128

/* A cancel is repeated so often (it may come before there is something to cancel), until so long
 * nothing has come back. */
#define CANCEL_INTERVAL_MS 100
#define CANCEL_PATIENCE_MS 10000

enum state { STATE_NEW, STATE_OUTSTANDING, STATE_WAITING_FOR_WRITE, STATE_DONE };

/* What the run knows of an operation. */
struct progress {
    enum state state;
    bool is_repeated; /* a read that has once come too early */
};

struct run {
    struct message_set set;
    struct operations operations;
    struct progress *progress; /* of the reads, then of the writes */
    size_t outstanding;        /* what the engine has */
    bool is_continuing;        /* the engine goes on with a short read */
    struct engine *engine;
    int interrupt;
    struct report report;

    bool is_cancelling;
    bool has_failed;
    int signal;       /* that interrupted the run, or 0 */
    int patience_ms;  /* left, while cancelling */
    bool is_given_up; /* what is outstanding does not come back */
};

static struct tally *tally_of(struct run *run, const struct operation *operation)
{
    return operation->is_write ? &run->report.writes : &run->report.reads;
}

static struct progress *progress_of(struct run *run, const struct operation *operation)
{
    return &run->progress[operation - run->operations.reads];
}

/* As it is told: the first one is 1. */
static size_t number_of(struct run *run, const struct operation *operation)
{
    return 1 + (size_t)(operation -
                        (operation->is_write ? run->operations.writes : run->operations.reads));
}

/* ---- ending early ---- */

static void note_cancelled(struct run *run, struct operation *operation)
{
    progress_of(run, operation)->state = STATE_DONE;
    tally_of(run, operation)->cancelled++;
}

static void cancel_outstanding(struct run *run)
{
    for (size_t i = 0; i < 2 * run->operations.count; i++)
        if (run->progress[i].state == STATE_OUTSTANDING)
            run->engine->type->cancel(run->engine, &run->operations.reads[i]);
    run->engine->type->flush(run->engine);
}

/* What is not with the engine is cancelled at once. */
static void begin_cancelling(struct run *run)
{
    if (run->is_cancelling)
        return;
    run->is_cancelling = true;
    run->patience_ms = CANCEL_PATIENCE_MS;
    for (size_t i = 0; i < 2 * run->operations.count; i++)
        if (run->progress[i].state == STATE_WAITING_FOR_WRITE ||
            run->progress[i].state == STATE_NEW)
            note_cancelled(run, &run->operations.reads[i]);
    cancel_outstanding(run);
}

/* Whether this failure is to be told: the first one is, the others are mostly its consequences. */
static bool fail(struct run *run, struct operation *operation)
{
    bool is_first = !run->has_failed && !run->is_cancelling;

    progress_of(run, operation)->state = STATE_DONE;
    run->has_failed = true;
    run->report.failed++;
    if (is_first)
        report_end_progress(&run->report);
    return is_first;
}

/* ---- submitting ---- */

static void submit(struct run *run, struct operation *operation)
{
    int result;

    if (run->is_cancelling) {
        note_cancelled(run, operation);
        return;
    }
    result = run->engine->type->submit(run->engine, operation);
    if (result == 0) {
        progress_of(run, operation)->state = STATE_OUTSTANDING;
        run->outstanding++;
        return;
    }
    if (fail(run, operation))
        warnx("the engine %s cannot take %s %zu: %s; choose a smaller --count, or another --engine",
              run->engine->type->name, operation->is_write ? "write" : "read",
              number_of(run, operation), strerror(-result));
    begin_cancelling(run);
}

static void flush(struct run *run)
{
    int result = run->engine->type->flush(run->engine);

    if (result == 0 || run->has_failed)
        return;
    run->has_failed = true;
    warnx("the engine %s does not work: %s; choose another --engine", run->engine->type->name,
          strerror(-result));
    begin_cancelling(run);
}

static void submit_all(struct run *run)
{
    size_t count = run->operations.count;

    for (size_t first = 0; first < count; first += READS_AHEAD) {
        size_t end = count - first < READS_AHEAD ? count : first + READS_AHEAD;
        for (size_t i = first; i < end && !run->is_cancelling; i++)
            submit(run, &run->operations.reads[i]);
        for (size_t i = first; i < end && !run->is_cancelling; i++)
            submit(run, &run->operations.writes[i]);
    }
    flush(run);
}

static void repeat_reads(struct run *run)
{
    for (size_t i = 0; i < run->operations.count; i++)
        if (run->progress[i].state == STATE_WAITING_FOR_WRITE)
            submit(run, &run->operations.reads[i]);
}

/* ---- what comes back ---- */

static void settle_write(struct run *run, struct operation *operation)
{
    if ((size_t)operation->result != operation->length) {
        if (fail(run, operation))
            warnx("%s took only %zd of %zu bytes: the message is cut; choose a smaller --size",
                  run->report.device, operation->result, operation->length);
        begin_cancelling(run);
        return;
    }
    progress_of(run, operation)->state = STATE_DONE;
    report_write(&run->report, number_of(run, operation));
    if (run->report.writes.completed == 1)
        repeat_reads(run);
}

/* The read is repeated when a write has been completed. If the engine has read the beginning of the
 * next message as well, on an open file that has not. */
static void postpone_read(struct run *run, struct operation *operation)
{
    if (run->is_cancelling) {
        note_cancelled(run, operation);
        return;
    }
    *progress_of(run, operation) =
        (struct progress){.state = STATE_WAITING_FOR_WRITE, .is_repeated = true};
    run->report.repeated++;
    if (run->is_continuing && operation->result > 0 &&
        !operation_reopen(operation, run->report.device)) {
        fail(run, operation);
        begin_cancelling(run);
    } else if (run->report.writes.completed > 0) {
        submit(run, operation);
    }
}

/* The first time it may have come before the first write, the second time not. */
static void settle_foreign_read(struct run *run, struct operation *operation)
{
    if (!progress_of(run, operation)->is_repeated) {
        postpone_read(run, operation);
        return;
    }
    if (fail(run, operation))
        warnx(
            "%s: read %zu yields %zd bytes that are no message of this run; does another program write to "
            "it?",
            run->report.device, number_of(run, operation), operation->result);
    begin_cancelling(run);
}

static void settle_read(struct run *run, struct operation *operation)
{
    uint32_t message;

    switch (message_examine(&run->set, operation->buffer, (size_t)operation->result, &message)) {
    case MESSAGE_WHOLE:
        progress_of(run, operation)->state = STATE_DONE;
        report_read(&run->report, number_of(run, operation), message);
        return;
    case MESSAGE_FOREIGN:
        settle_foreign_read(run, operation);
        return;
    case MESSAGE_BROKEN:
        /* Of a message from before, and of the one behind it. */
        if (run->is_continuing && !progress_of(run, operation)->is_repeated) {
            postpone_read(run, operation);
            return;
        }
        if (fail(run, operation))
            warnx(
                "%s: read %zu yields %zd bytes that are no whole message, a message has %zu; look into the "
                "log of the device's daemon",
                run->report.device, number_of(run, operation), operation->result, run->set.size);
        begin_cancelling(run);
    }
}

static void settle_error(struct run *run, struct operation *operation)
{
    int error = (int)-operation->result;

    if (run->is_cancelling && (error == EINTR || error == ECANCELED)) {
        note_cancelled(run, operation);
        return;
    }
    /* Stopped and continued, for example. */
    if (error == EINTR) {
        submit(run, operation);
        return;
    }
    if (fail(run, operation))
        failure_report(error, "%s %zu of %zu bytes failed on %s",
                       operation->is_write ? "write" : "read", number_of(run, operation),
                       run->set.size, run->report.device);
    begin_cancelling(run);
}

static void settle(struct run *run, struct operation *operation)
{
    run->outstanding--;
    if (operation->result < 0)
        settle_error(run, operation);
    else if (operation->is_write)
        settle_write(run, operation);
    else
        settle_read(run, operation);
}

static void settle_complete(struct run *run)
{
    struct operation *operation;

    while ((operation = run->engine->type->next(run->engine)) != NULL) {
        run->patience_ms = CANCEL_PATIENCE_MS;
        settle(run, operation);
    }
    if (!run->is_cancelling)
        flush(run);
}

/* ---- the run ---- */

/* A second signal means that the user does not want to wait any longer. */
static void interrupt(struct run *run)
{
    int signal = interrupt_take(run->interrupt);

    if (signal == 0)
        return;
    if (run->signal != 0)
        run->is_given_up = true;
    else
        run->signal = signal;
    begin_cancelling(run);
}

static void be_impatient(struct run *run)
{
    cancel_outstanding(run);
    run->patience_ms -= CANCEL_INTERVAL_MS;
    if (run->patience_ms <= 0)
        run->is_given_up = true;
}

static bool is_over(const struct run *run)
{
    return run->is_given_up ||
           (run->outstanding == 0 &&
            (run->is_cancelling || run->report.reads.completed + run->report.writes.completed ==
                                       2 * run->operations.count));
}

static void wait_for_all(struct run *run)
{
    struct pollfd events[] = {{.fd = run->interrupt, .events = POLLIN},
                              {.fd = run->engine->ready, .events = POLLIN}};

    while (!is_over(run)) {
        report_progress(&run->report);
        int count = poll(events, 2, run->is_cancelling ? CANCEL_INTERVAL_MS : -1);
        if (count == 0)
            be_impatient(run);
        if (count > 0 && events[0].revents != 0)
            interrupt(run);
        settle_complete(run);
    }
    report_progress(&run->report);
    report_end_progress(&run->report);
}

/* To be called with the operations made. What would be continued by a byte is read exactly. */
static bool run_start_engine(struct run *run, const struct engine_type *type)
{
    struct stat status;
    bool is_file = fstat(run->operations.reads[0].file, &status) == 0 && S_ISREG(status.st_mode);

    run->engine = engine_start(type, is_file, 2 * run->operations.count);
    if (run->engine == NULL)
        return false;
    run->is_continuing = is_file && run->engine->type->treats_files_as_files;
    if (run->is_continuing)
        for (size_t i = 0; i < run->operations.count; i++)
            run->operations.reads[i].length = run->set.size;
    return true;
}

static bool run_prepare(struct run *run, const struct engine_type *type)
{
    run->progress = calloc(2 * run->operations.count, sizeof(*run->progress));
    if (run->progress == NULL)
        failure_report(ENOMEM, "cannot keep account of %zu operations", 2 * run->operations.count);
    else if ((run->interrupt = interrupt_open()) < 0)
        failure_report(errno, "cannot wait for signals");
    else
        return run_start_engine(run, type);
    return false;
}

/* Not while something is outstanding: the kernel may still write into its buffer. */
static void run_clean_up(struct run *run)
{
    if (run->outstanding > 0)
        return;
    if (run->engine != NULL)
        run->engine->type->finish(run->engine);
    if (run->interrupt >= 0)
        close(run->interrupt);
    free(run->progress);
    operations_free(&run->operations);
}

static int run_conclude(const struct run *run)
{
    char why[64];

    if (run->outstanding > 0)
        warnx(
            "%zu of them have not come back; the log of the device's daemon names the driver that holds them",
            run->outstanding);
    if (run->signal != 0) {
        snprintf(why, sizeof(why), "interrupted by SIG%s", sigabbrev_np(run->signal));
        report_cancelled(&run->report, why);
        return 128 + run->signal;
    }
    if (run->has_failed)
        return EXIT_FAILURE;
    report_success(&run->report);
    return EXIT_SUCCESS;
}

/* A number that no other run has; where the kernel's randomness cannot be had, one that few
 * have. */
static uint32_t run_number(void)
{
    uint32_t number;

    if (getrandom(&number, sizeof(number), 0) == sizeof(number))
        return number;
    return (uint32_t)getpid();
}

int async_run(const struct options *options)
{
    struct run run = {.interrupt = -1};
    int status = EXIT_FAILURE;

    run.set = (struct message_set){.run = run_number(),
                                   .count = (uint32_t)options->count,
                                   .size = options->size != 0 ? options->size : USUAL_SIZE};
    if (!operations_make(&run.operations, options->device, &run.set))
        return EXIT_FAILURE;
    if (run_prepare(&run, options->engine)) {
        report_begin(&run.report, options->device, options->count, run.set.size,
                     run.engine->type->name, options->is_verbose);
        submit_all(&run);
        wait_for_all(&run);
        status = run_conclude(&run);
    }
    run_clean_up(&run);
    return status;
}
