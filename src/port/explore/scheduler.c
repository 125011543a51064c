/*
 * The scheduler. See scheduler.h.
 *
 * Each thread that does not run has a pending operation, and can go on when that can be carried out. At a
 * point the running thread announces its operation, the strategy chooses among all that can go on, and the
 * chosen one carries out what it had announced. So a mutex is never waited for: who cannot have it is not
 * chosen.
 *
 * Histories. Two schedules that differ only in the order of operations on different objects are equivalent.
 * Each thread and each object has a number for what has happened to it; an operation of a thread on an object
 * makes both the same new number, a hash of the two old ones. All threads' numbers together are the state's
 * signature, the same for equivalent schedules: what a thread does between two points follows from its
 * history, if the driver's own variables are guarded by what is visible here.
 */
#include "port/explore/scheduler.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "port/explore/clock.h"
#include "port/explore/coroutine.h"

/* Bytes of all variables that each thread has for itself, with what a sanitizer puts between them. */
#define LOCALS_MAX 512

/* Expiries in a row during which no principal thread does anything: then it is not time that they wait for.
 */
#define LONELY_EXPIRIES_MAX 100

#define TRACE_LENGTH (1u << 15)

enum operation {
    OPERATION_RUN, /* nothing to wait for */
    OPERATION_START,
    OPERATION_YIELD,
    OPERATION_ATOMIC,
    OPERATION_CALL,
    OPERATION_LOCK,
    OPERATION_UNLOCK,
    OPERATION_WAIT,
    OPERATION_WAKE,
    OPERATION_TIMEOUT,
    OPERATION_SPAWN,
    OPERATION_JOIN,
    OPERATION_ALARM,
    OPERATION_EVENT,
    OPERATION_IDLE,
    OPERATION_NOTE,
    OPERATION_TEXT,
    OPERATION_END,
};

static const char *const operation_names[] = {
    [OPERATION_RUN] = "goes on",   [OPERATION_START] = "begins",
    [OPERATION_YIELD] = "yields",  [OPERATION_CALL] = "call",
    [OPERATION_ATOMIC] = "atomic", [OPERATION_LOCK] = "lock",
    [OPERATION_UNLOCK] = "unlock", [OPERATION_WAIT] = "wait",
    [OPERATION_WAKE] = "wake",     [OPERATION_TIMEOUT] = "time is over",
    [OPERATION_SPAWN] = "start",   [OPERATION_JOIN] = "join",
    [OPERATION_ALARM] = "alarm",   [OPERATION_IDLE] = "wait idle",
    [OPERATION_EVENT] = "after",   [OPERATION_END] = "ends",
};

struct explore_thread {
    struct coroutine coroutine;
    unsigned id;
    uint64_t bit; /* 1 << id */
    const char *name;
    void (*body)(void *);
    void *argument;
    bool is_principal;
    bool has_ended;
    uint64_t history;

    /* The pending operation. */
    enum operation operation;
    const struct explore_site *site;
    void *object;             /* the mutex, condition or thread */
    struct port_mutex *mutex; /* of a wait */
    uint64_t deadline;        /* of a wait or sleep */
    uint64_t waits_since;
    bool was_timeout;
    unsigned internal_locks; /* locks of the framework that it holds */
    unsigned driver_locks;   /* and those that drivers know */
    const char *called;      /* function of the last call point */
    uint64_t called_at;      /* and its step */

    uint64_t locals[LOCALS_MAX / sizeof(uint64_t)]; /* while it does not run */
};

struct trace_entry {
    const char *thread;
    const char *text; /* of a call, the function's name */
    const struct explore_site *site;
    const void *object;
    enum operation operation;
    uint32_t step;
};

uint64_t explore_steps_max = 100000;
volatile uint64_t explore_pulse;

static struct {
    struct explore_thread threads[EXPLORE_THREADS_MAX];
    unsigned threads_made; /* so many have a stack */
    unsigned char free_ids[EXPLORE_THREADS_MAX];
    unsigned free_count;
    struct explore_thread *live[EXPLORE_THREADS_MAX]; /* in order of creation */
    unsigned live_count;
    struct explore_thread *current; /* NULL outside of a schedule */
    struct coroutine host;

    /* Threads by their bits. */
    uint64_t ready;              /* wait for nothing, or for a lock */
    uint64_t sleepers;           /* go on when their deadline comes, if nothing else comes first */
    uint64_t alarm_waiters;      /* when the alarm is due */
    struct explore_thread *idle; /* when nobody else can */

    struct explore_strategy *strategy;
    struct explore_result *result;
    uint64_t schedule; /* number of this one */
    uint64_t step;
    uint64_t signature;
    uint64_t waits;
    unsigned lonely_expiries;
    bool alarms_are_stopped;
    void (*body)(void *);
    void *argument;

    struct trace_entry trace[TRACE_LENGTH];
    uint64_t trace_count;
    unsigned char registers[4096]; /* of the count of distinct states */
} scheduler;

/* The variables of the running thread: a section that the linker puts together. */
extern uint64_t locals_start[] __asm__("__start_explore_locals");
extern uint64_t locals_stop[] __asm__("__stop_explore_locals");
static PORT_THREAD_LOCAL uint64_t locals_exist = 0;
static uint64_t pristine_locals[LOCALS_MAX / sizeof(uint64_t)];

/*
 * Whole words, one by one: memcpy would be told by AddressSanitizer that there is something between the
 * variables, and so there is.
 */
static __attribute__((no_sanitize("address"))) void copy_locals(volatile uint64_t *to,
                                                                const volatile uint64_t *from)
{
    for (ptrdiff_t i = 0; i < locals_stop - locals_start; i++)
        to[i] = from[i];
}

/* ---- histories ---- */

/* Of the virtual time. */
static struct explore_history clock_history;

/* Of what is atomic, by address. Two that share one are taken for one: that only costs equivalences. */
static struct explore_history atomic_histories[64];

static uint64_t mix(uint64_t value)
{
    value ^= value >> 32;
    value *= 0xD6E8FEB86659FD93ull;
    value ^= value >> 32;
    value *= 0xD6E8FEB86659FD93ull;
    value ^= value >> 32;
    return value;
}

static void set_history(struct explore_thread *thread, uint64_t history)
{
    scheduler.signature ^= thread->history ^ history;
    thread->history = history;
}

static void history_begin(struct explore_history *history)
{
    history->schedule = scheduler.schedule;
    history->hash = scheduler.current != NULL ? mix(scheduler.current->history + 1) : 0;
}

static void history_meet(struct explore_thread *thread, struct explore_history *history)
{
    if (history->schedule != scheduler.schedule)
        /* One that was there before: its place in the program is the same in each process. */
        *history = (struct explore_history){.hash = (uintptr_t)history - (uintptr_t)&scheduler,
                                            .schedule = scheduler.schedule};
    uint64_t both = mix(thread->history * 3 + history->hash);
    history->hash = both;
    /* The thread's number is part of its own, lest two that meet cancel each other in the signature. */
    set_history(thread, both + thread->id);
}

/* A HyperLogLog: each register has the longest run of zeros seen among the hashes that fall to it. */
static void count_state(void)
{
    uint64_t hash = mix(scheduler.signature);
    unsigned char *reg = &scheduler.registers[hash & 4095];
    unsigned char rank = (unsigned char)(__builtin_ctzll(hash >> 12 | 1ull << 52) + 1);
    if (rank > *reg)
        *reg = rank;
}

double explore_distinct_states(void)
{
    const double count = 4096;
    double sum = 0;
    unsigned zeros = 0;
    for (unsigned i = 0; i < 4096; i++) {
        sum += 1.0 / (double)(1ull << scheduler.registers[i]);
        zeros += scheduler.registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
    if (estimate <= 2.5 * count && zeros > 0)
        estimate = count * log(count / zeros);
    return estimate;
}

/* ---- the trace ---- */

static void record(enum operation operation, const struct explore_site *site, const void *object)
{
    scheduler.trace[scheduler.trace_count++ % TRACE_LENGTH] = (struct trace_entry){
        .thread = scheduler.current->name,
        .site = site,
        .object = object,
        .operation = operation,
        .step = (uint32_t)scheduler.step,
    };
}

static const char *file_name(const struct explore_site *site)
{
    const char *slash = strrchr(site->file, '/');
    return slash != NULL ? slash + 1 : site->file;
}

static void print_entry(FILE *file, const struct trace_entry *entry)
{
    const struct explore_site *site = entry->site;
    fprintf(file, "%6u  %-12s ", (unsigned)entry->step, entry->thread);
    if (entry->operation == OPERATION_NOTE && entry->object != NULL)
        fprintf(file, "%s %p\n", site->object, entry->object);
    else if (entry->operation == OPERATION_TEXT)
        fprintf(file, "** %s\n", (const char *)entry->object);
    else if (entry->operation == OPERATION_NOTE)
        fprintf(file, "%s\n", site->object);
    else if (entry->operation == OPERATION_CALL)
        fprintf(file, "call    %s(%p)\n", entry->text, entry->object);
    else if (entry->operation == OPERATION_ALARM)
        fprintf(file, "alarm at %.6f s\n", (double)((uintptr_t)entry->object - EXPLORE_CLOCK_START) / 1e9);
    else if (site == NULL)
        fprintf(file, "%s\n", operation_names[entry->operation]);
    else
        fprintf(file, "%-7s %-28s %s (%s:%d)\n", operation_names[entry->operation], site->object,
                site->function, file_name(site), site->line);
}

void explore_trace_print(FILE *file)
{
    uint64_t first = scheduler.trace_count > TRACE_LENGTH ? scheduler.trace_count - TRACE_LENGTH : 0;
    if (first > 0)
        fprintf(file, "        ... %llu steps before\n", (unsigned long long)first);
    for (uint64_t i = first; i < scheduler.trace_count; i++)
        print_entry(file, &scheduler.trace[i % TRACE_LENGTH]);
}

/* The threads of the failed schedule, and the one that ran. */
static struct explore_thread *failed_live[EXPLORE_THREADS_MAX];
static unsigned failed_count;
static const struct explore_thread *failed_current;

static void print_thread(FILE *file, const struct explore_thread *thread)
{
    fprintf(file, "  %-12s ", thread->name);
    if (thread == failed_current)
        fputs("was running", file);
    else if (thread->operation == OPERATION_LOCK)
        fprintf(file, "waits for the lock %s", thread->site->object);
    else if (thread->operation == OPERATION_WAIT || thread->operation == OPERATION_EVENT)
        fprintf(file, "waits for %s", thread->site->object);
    else if (thread->operation == OPERATION_JOIN)
        fprintf(file, "waits for the end of %s", ((struct explore_thread *)thread->object)->name);
    else if (thread->operation == OPERATION_ALARM)
        fputs("waits for the next timer", file);
    else if (thread->operation == OPERATION_IDLE)
        fputs("waits until all are idle", file);
    else
        fputs("could go on", file);
    if (thread->operation == OPERATION_LOCK && ((struct port_mutex *)thread->object)->owner != NULL)
        fprintf(file, ", which %s holds", ((struct port_mutex *)thread->object)->owner->name);
    if (thread->site != NULL)
        fprintf(file, "; in %s (%s:%d)", thread->site->function, file_name(thread->site), thread->site->line);
    fputc('\n', file);
}

void explore_threads_print(FILE *file)
{
    for (unsigned i = 0; i < failed_count; i++)
        print_thread(file, failed_live[i]);
}

/* ---- the end of a schedule ---- */

static void keep_threads_for_report(void)
{
    memcpy(failed_live, scheduler.live, sizeof(failed_live));
    failed_count = scheduler.live_count;
    failed_current = scheduler.current;
}

void explore_fail(enum explore_failure failure, const char *format, ...)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(scheduler.result->message, sizeof(scheduler.result->message), format, arguments);
    va_end(arguments);
    scheduler.result->failure = failure;
    keep_threads_for_report();
    coroutine_leave(&self->coroutine, &scheduler.host);
}

void explore_violation(const char *function, const char *message, const char *rule)
{
    explore_fail(EXPLORE_VIOLATION, "%s%s%s%s%s%s", function != NULL ? function : "",
                 function != NULL ? ": " : "", message, rule != NULL ? " (" : "", rule != NULL ? rule : "",
                 rule != NULL ? ")" : "");
}

/* The owner of the lock that the thread waits for, if it does. */
static struct explore_thread *blocker(const struct explore_thread *thread)
{
    return thread->operation == OPERATION_LOCK ? ((struct port_mutex *)thread->object)->owner : NULL;
}

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

/* A thread that is part of a cycle, or NULL. */
static struct explore_thread *find_cycle(void)
{
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        struct explore_thread *thread = scheduler.live[i];
        for (unsigned length = 0; thread != NULL && length < scheduler.live_count; length++)
            thread = blocker(thread);
        if (thread != NULL)
            return thread;
    }
    return NULL;
}

static void describe_cycle(struct explore_thread *first, char *text, size_t size)
{
    struct explore_thread *thread = first;
    do {
        struct explore_thread *holder = blocker(thread);
        append(text, size, "%s%s waits for %s (last call: %s), which %s holds", text[0] != 0 ? "; " : "",
               thread->name, thread->site->object, thread->called != NULL ? thread->called : "none",
               holder == thread ? "it" : holder->name);
        thread = holder;
    } while (thread != first);
}

static void describe_waiting(char *text, size_t size)
{
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        struct explore_thread *thread = scheduler.live[i];
        /* Workers and timers that have nothing to do wait rightly. */
        if (!thread->is_principal && thread->operation != OPERATION_LOCK)
            continue;
        if (thread->site != NULL)
            append(text, size, "%s%s waits for %s in %s", text[0] != 0 ? "; " : "", thread->name,
                   thread->site->object, thread->site->function);
    }
}

static void fail_for_standstill(void)
{
    char text[512] = "";
    struct explore_thread *cycle = find_cycle();
    if (cycle != NULL) {
        describe_cycle(cycle, text, sizeof(text));
        explore_fail(EXPLORE_DEADLOCK, "deadlock: %s", text);
    }
    describe_waiting(text, sizeof(text));
    explore_fail(EXPLORE_HANG, "nothing can go on: %s", text);
}

/* ---- choosing ---- */

struct candidates {
    unsigned char ids[EXPLORE_THREADS_MAX];
    unsigned count; /* those that can go on now; timed ones come after them */
    unsigned timed_count;
    uint64_t earliest;
    int current;
};

static bool is_blocked(const struct explore_thread *thread)
{
    return thread->operation == OPERATION_LOCK && ((struct port_mutex *)thread->object)->owner != NULL;
}

/* Whose time can come. */
static uint64_t timed_threads(void)
{
    return scheduler.sleepers | (explore_alarm_due() != PORT_CLOCK_NEVER ? scheduler.alarm_waiters : 0);
}

/* Of all that wait for time to pass, those that come first. */
static void add_timed(struct candidates *candidates)
{
    candidates->earliest = PORT_CLOCK_NEVER;
    for (uint64_t rest = timed_threads(); rest != 0; rest &= rest - 1) {
        unsigned id = (unsigned)__builtin_ctzll(rest);
        bool is_sleeper = (scheduler.sleepers >> id & 1) != 0;
        uint64_t when = is_sleeper ? scheduler.threads[id].deadline : explore_alarm_due();
        if (when > candidates->earliest)
            continue;
        if (when < candidates->earliest)
            candidates->timed_count = 0;
        candidates->earliest = when;
        candidates->ids[candidates->count + candidates->timed_count++] = (unsigned char)id;
    }
}

static void collect(struct candidates *candidates, const struct explore_thread *self)
{
    candidates->count = candidates->timed_count = 0;
    candidates->current = -1;
    for (uint64_t rest = scheduler.ready; rest != 0; rest &= rest - 1) {
        unsigned id = (unsigned)__builtin_ctzll(rest);
        const struct explore_thread *thread = &scheduler.threads[id];
        if (is_blocked(thread))
            continue;
        if (thread == self)
            candidates->current = (int)candidates->count;
        candidates->ids[candidates->count++] = (unsigned char)id;
    }
    add_timed(candidates);
}

static struct explore_thread *choose_among(const struct candidates *candidates)
{
    struct explore_choice choice = {
        .count = candidates->count + candidates->timed_count,
        .ids = candidates->ids,
        .timed_count = candidates->timed_count,
        .current = candidates->current,
        .step = scheduler.step,
        .state = scheduler.signature,
    };
    if (choice.count == 1)
        return &scheduler.threads[candidates->ids[0]];
    count_state();
    return &scheduler.threads[candidates->ids[scheduler.strategy->choose(scheduler.strategy, &choice)]];
}

static void make_ready(struct explore_thread *thread)
{
    scheduler.ready |= thread->bit;
    scheduler.sleepers &= ~thread->bit;
    scheduler.alarm_waiters &= ~thread->bit;
}

/* Its time has come. */
static void end_sleep(struct explore_thread *thread, uint64_t now)
{
    make_ready(thread);
    port_clock_set_virtual(now);
    history_meet(thread, &clock_history);
    if (thread->operation == OPERATION_ALARM)
        return;
    thread->was_timeout = true;
    thread->operation = thread->mutex != NULL ? OPERATION_LOCK : OPERATION_TIMEOUT;
    thread->object = thread->mutex;
}

/* Only time can help. False: there is nothing to wait for, or time has had its chance. */
static bool time_may_help(const struct candidates *candidates)
{
    return candidates->timed_count > 0 && scheduler.lonely_expiries++ < LONELY_EXPIRIES_MAX;
}

static struct explore_thread *choose_next(struct explore_thread *self)
{
    struct candidates candidates;
    collect(&candidates, self);
    if (candidates.count == 0 && !time_may_help(&candidates)) {
        struct explore_thread *idle = scheduler.idle;
        if (idle == NULL || find_cycle() != NULL)
            fail_for_standstill();
        scheduler.idle = NULL;
        scheduler.lonely_expiries = 0;
        make_ready(idle);
        return idle;
    }
    struct explore_thread *next = choose_among(&candidates);
    if ((scheduler.ready & next->bit) == 0)
        end_sleep(next, candidates.earliest);
    return next;
}

static void run_thread(struct explore_thread *self, struct explore_thread *next)
{
    copy_locals(self->locals, locals_start);
    copy_locals(locals_start, next->locals);
    scheduler.current = next;
    if (self->has_ended)
        coroutine_leave(&self->coroutine, &next->coroutine);
    else
        coroutine_switch(&self->coroutine, &next->coroutine);
}

static __attribute__((noinline)) void reschedule(struct explore_thread *self)
{
    struct explore_thread *next;
    if (scheduler.step > explore_steps_max)
        explore_fail(EXPLORE_LIVELOCK, "livelock: still going on after %llu steps",
                     (unsigned long long)explore_steps_max);
    do
        next = choose_next(self);
    while (is_blocked(next));
    if (next->is_principal)
        scheduler.lonely_expiries = 0;
    if (next != self)
        run_thread(self, next);
}

/* The point: announces the operation of the running thread, and returns when it is to be carried out. */
static inline void announce(struct explore_thread *self, enum operation operation,
                            const struct explore_site *site, void *object)
{
    self->operation = operation;
    self->site = site;
    self->object = object;
    scheduler.step++;
    explore_pulse++;
    /* Mostly nobody else can go on: there is nothing to decide. */
    if (scheduler.ready != self->bit || timed_threads() != 0 || is_blocked(self) ||
        scheduler.step > explore_steps_max)
        reschedule(self);
    /* Where it is, is part of the state. */
    set_history(self, self->history * 0x2545F4914F6CDD1Dull + 1);
}

/* The same, of one that has to wait for somebody else's doing. */
static void block(struct explore_thread *self, enum operation operation, const struct explore_site *site,
                  void *object)
{
    scheduler.ready &= ~self->bit;
    announce(self, operation, site, object);
}

/* ---- threads ---- */

static void thread_end(struct explore_thread *self)
{
    if (self->internal_locks + self->driver_locks > 0)
        explore_fail(EXPLORE_VIOLATION, "%s ends with %u locks held", self->name,
                     self->internal_locks + self->driver_locks);
    record(OPERATION_END, NULL, NULL);
    self->has_ended = true;
    unsigned place = 0;
    while (scheduler.live[place] != self)
        place++;
    scheduler.live_count--;
    memmove(&scheduler.live[place], &scheduler.live[place + 1],
            (scheduler.live_count - place) * sizeof(scheduler.live[0]));
    if (scheduler.live_count == 0) {
        scheduler.current = NULL;
        coroutine_leave(&self->coroutine, &scheduler.host);
    }
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        if (scheduler.live[i]->operation == OPERATION_JOIN && scheduler.live[i]->object == self)
            make_ready(scheduler.live[i]);
    }
    scheduler.ready &= ~self->bit;
    self->operation = OPERATION_END;
    scheduler.step++;
    reschedule(self);
}

static void thread_main(void *argument)
{
    struct explore_thread *self = argument;
    set_history(self, mix(self->history + 11));
    record(OPERATION_START, NULL, NULL);
    self->body(self->argument);
    thread_end(self);
}

/* NULL when there are too many, or no memory for another stack. */
static struct explore_thread *take_thread(void)
{
    if (scheduler.free_count > 0)
        return &scheduler.threads[scheduler.free_ids[--scheduler.free_count]];
    if (scheduler.threads_made == EXPLORE_THREADS_MAX)
        return NULL;
    struct explore_thread *thread = &scheduler.threads[scheduler.threads_made];
    if (!coroutine_create(&thread->coroutine))
        return NULL;
    thread->id = scheduler.threads_made++;
    thread->bit = 1ull << thread->id;
    return thread;
}

static struct explore_thread *new_thread(const char *name, void (*body)(void *), void *argument)
{
    struct explore_thread *thread = take_thread();
    if (thread == NULL)
        return NULL;
    thread->name = name;
    thread->body = body;
    thread->argument = argument;
    thread->is_principal = false;
    thread->has_ended = false;
    thread->was_timeout = false;
    thread->called = NULL;
    thread->internal_locks = thread->driver_locks = 0;
    thread->operation = OPERATION_START;
    thread->site = NULL;
    thread->history = 0;
    set_history(thread, mix((scheduler.current != NULL ? scheduler.current->history : 0) + 7 + thread->id));
    copy_locals(thread->locals, pristine_locals);
    coroutine_prepare(&thread->coroutine, thread_main, thread);
    scheduler.ready |= thread->bit;
    scheduler.live[scheduler.live_count++] = thread;
    if (scheduler.live_count > scheduler.result->threads_max)
        scheduler.result->threads_max = scheduler.live_count;
    if (scheduler.strategy->started != NULL)
        scheduler.strategy->started(scheduler.strategy, thread->id);
    return thread;
}

int port_thread_start(struct port_thread *thread, const char *name, void (*body)(void *), void *argument)
{
    thread->native = new_thread(name, body, argument);
    if (thread->native == NULL)
        return -EAGAIN;
    struct explore_thread *self = scheduler.current;
    set_history(self, mix(self->history + 5));
    record(OPERATION_SPAWN, NULL, NULL);
    announce(self, OPERATION_RUN, self->site, NULL);
    return 0;
}

void explore_thread_is_principal(struct port_thread *thread)
{
    thread->native->is_principal = true;
}

void explore_thread_join(struct port_thread *thread, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (thread->native->has_ended)
        announce(self, OPERATION_JOIN, site, thread->native);
    else
        block(self, OPERATION_JOIN, site, thread->native);
    record(OPERATION_JOIN, site, NULL);
    set_history(self, mix(self->history * 3 + thread->native->history));
    scheduler.free_ids[scheduler.free_count++] = (unsigned char)thread->native->id;
}

port_thread_id port_thread_self(void)
{
    return (port_thread_id)scheduler.current;
}

bool explore_is_running(void)
{
    return scheduler.current != NULL;
}

const char *explore_thread_name(void)
{
    return scheduler.current != NULL ? scheduler.current->name : "nobody";
}

void explore_thread_yield(const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (scheduler.strategy->yielded != NULL)
        scheduler.strategy->yielded(scheduler.strategy, self->id, false);
    announce(self, OPERATION_YIELD, site, NULL);
    record(OPERATION_YIELD, site, NULL);
}

void explore_thread_sleep(uint64_t nanoseconds, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    self->deadline = port_clock_deadline(nanoseconds);
    self->mutex = NULL;
    scheduler.sleepers |= self->bit;
    block(self, OPERATION_WAIT, site, NULL);
    self->was_timeout = false;
    record(OPERATION_TIMEOUT, site, NULL);
}

/* ---- locks ---- */

void explore_mutex_init(struct port_mutex *mutex)
{
    mutex->owner = NULL;
    mutex->is_drivers = false;
    history_begin(&mutex->history);
}

void explore_mutex_destroy(struct port_mutex *mutex, const struct explore_site *site)
{
    if (mutex->owner != NULL && scheduler.current != NULL)
        explore_fail(EXPLORE_VIOLATION, "the lock %s is destroyed in %s while %s holds it", site->object,
                     site->function, mutex->owner->name);
}

static void own(struct explore_thread *self, struct port_mutex *mutex, const struct explore_site *site)
{
    mutex->owner = self;
    ++*(mutex->is_drivers ? &self->driver_locks : &self->internal_locks);
    history_meet(self, &mutex->history);
    record(OPERATION_LOCK, site, mutex);
}

void explore_mutex_lock(struct port_mutex *mutex, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    announce(self, OPERATION_LOCK, site, mutex);
    own(self, mutex, site);
}

bool explore_mutex_try_lock(struct port_mutex *mutex, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    announce(self, OPERATION_RUN, site, NULL);
    bool is_free = mutex->owner == NULL;
    if (is_free)
        own(self, mutex, site);
    else
        history_meet(self, &mutex->history);
    return is_free;
}

static void disown(struct explore_thread *self, struct port_mutex *mutex, const struct explore_site *site)
{
    if (mutex->owner != self)
        explore_fail(EXPLORE_VIOLATION, "%s unlocks %s in %s, which %s holds", self->name, site->object,
                     site->function, mutex->owner != NULL ? mutex->owner->name : "nobody");
    history_meet(self, &mutex->history);
    mutex->owner = NULL;
    --*(mutex->is_drivers ? &self->driver_locks : &self->internal_locks);
}

void explore_mutex_unlock(struct port_mutex *mutex, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    disown(self, mutex, site);
    record(OPERATION_UNLOCK, site, mutex);
    announce(self, OPERATION_RUN, site, NULL);
}

/* ---- conditions ---- */

void explore_condition_init(struct port_condition *condition)
{
    history_begin(&condition->history);
}

bool explore_condition_wait(struct port_condition *condition, struct port_mutex *mutex, uint64_t deadline,
                            const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    record(OPERATION_WAIT, site, condition);
    disown(self, mutex, site);
    history_meet(self, &condition->history);
    self->mutex = mutex;
    self->deadline = deadline;
    self->waits_since = scheduler.waits++;
    self->was_timeout = false;
    if (deadline != PORT_CLOCK_NEVER)
        scheduler.sleepers |= self->bit;
    block(self, OPERATION_WAIT, site, condition);
    own(self, mutex, site);
    return !self->was_timeout;
}

static struct explore_thread *longest_waiting(const struct port_condition *condition)
{
    struct explore_thread *longest = NULL;
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        struct explore_thread *thread = scheduler.live[i];
        if (thread->operation == OPERATION_WAIT && thread->object == condition && thread->mutex != NULL &&
            (longest == NULL || thread->waits_since < longest->waits_since))
            longest = thread;
    }
    return longest;
}

/* No point: what comes before it is one, and nobody sees the difference before the next. */
void explore_condition_wake(struct port_condition *condition, bool all, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    struct explore_thread *waiting;
    history_meet(self, &condition->history);
    while ((waiting = longest_waiting(condition)) != NULL) {
        history_meet(waiting, &condition->history);
        waiting->operation = OPERATION_LOCK;
        waiting->object = waiting->mutex;
        make_ready(waiting);
        record(OPERATION_WAKE, site, condition);
        if (!all)
            break;
    }
}

/* ---- atomics, notes ---- */

void explore_atomic_point(const void *object, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    announce(self, OPERATION_ATOMIC, site, NULL);
    history_meet(self, &atomic_histories[(uintptr_t)object / 8 % 64]);
    record(OPERATION_ATOMIC, site, object);
}

void explore_call_point(const char *function, const void *handle)
{
    struct explore_thread *self = scheduler.current;
    /* One that is looked at twice on its way is one call. */
    if (self == NULL || (self->called == function && self->called_at == scheduler.step))
        return;
    announce(self, OPERATION_CALL, NULL, NULL);
    self->called = function;
    self->called_at = scheduler.step;
    record(OPERATION_CALL, NULL, handle);
    scheduler.trace[(scheduler.trace_count - 1) % TRACE_LENGTH].text = function;
}

void explore_note(const struct explore_site *site, const void *object)
{
    if (scheduler.current != NULL)
        record(OPERATION_NOTE, site, object);
}

void explore_note_text(const char *text)
{
    if (scheduler.current != NULL)
        record(OPERATION_TEXT, NULL, text);
}

void explore_callback(const struct explore_site *site, const void *object)
{
    struct explore_thread *self = scheduler.current;
    if (self == NULL)
        return;
    record(OPERATION_NOTE, site, object);
    if (self->internal_locks > 0)
        explore_fail(EXPLORE_VIOLATION, "%s is called back in %s with %u locks of the framework held",
                     self->name, site->function, self->internal_locks);
}

void explore_check_no_lock(const char *after)
{
    struct explore_thread *self = scheduler.current;
    if (self->internal_locks + self->driver_locks > 0)
        explore_fail(EXPLORE_VIOLATION, "%s holds %u locks after \"%s\": a callback has not released them",
                     self->name, self->internal_locks + self->driver_locks, after);
}

/* ---- events ---- */

void explore_event_reset(struct explore_event *event)
{
    event->is_set = false;
    event->waiter = NULL;
    history_begin(&event->history);
}

/* No point, as explore_condition_wake. */
void explore_event_set(struct explore_event *event)
{
    event->is_set = true;
    if (event->waiter != NULL)
        make_ready(event->waiter);
    if (event->waiter == scheduler.idle)
        scheduler.idle = NULL;
    event->waiter = NULL;
    if (scheduler.current != NULL)
        history_meet(scheduler.current, &event->history);
}

void explore_event_wait(struct explore_event *event, const struct explore_site *site)
{
    struct explore_thread *self = scheduler.current;
    if (event->is_set) {
        announce(self, OPERATION_EVENT, site, event);
    } else {
        event->waiter = self;
        block(self, OPERATION_EVENT, site, event);
    }
    record(OPERATION_EVENT, site, event);
    history_meet(self, &event->history);
}

/* ---- time and idleness ---- */

void explore_clock_was_read(void)
{
    if (scheduler.current != NULL)
        history_meet(scheduler.current, &clock_history);
}

bool explore_alarm_wait(void)
{
    struct explore_thread *self = scheduler.current;
    if (scheduler.strategy->yielded != NULL)
        scheduler.strategy->yielded(scheduler.strategy, self->id, true);
    if (scheduler.alarms_are_stopped)
        return false;
    scheduler.alarm_waiters |= self->bit;
    block(self, OPERATION_ALARM, NULL, NULL);
    if (scheduler.alarms_are_stopped)
        return false;
    record(OPERATION_ALARM, NULL, (void *)(uintptr_t)explore_clock_now());
    return true;
}

void explore_alarms_stop(void)
{
    scheduler.alarms_are_stopped = true;
    scheduler.ready |= scheduler.alarm_waiters;
    scheduler.alarm_waiters = 0;
}

void explore_wait_until_idle(struct explore_event *event)
{
    struct explore_thread *self = scheduler.current;
    if (event->is_set) {
        announce(self, OPERATION_IDLE, NULL, event);
    } else {
        scheduler.idle = event->waiter = self;
        block(self, OPERATION_IDLE, NULL, event);
        event->waiter = NULL;
    }
    record(OPERATION_IDLE, NULL, NULL);
    history_meet(self, &event->history);
}

/* ---- a schedule ---- */

static void keep_pristine_locals(void)
{
    static bool is_kept;
    if (is_kept)
        return;
    is_kept = true;
    locals_exist = 1; /* and so does the section */
    copy_locals(pristine_locals, locals_start);
}

void explore_run(struct explore_strategy *strategy, void (*body)(void *), void *argument,
                 struct explore_result *result)
{
    assert((size_t)(locals_stop - locals_start) <= sizeof(pristine_locals) / sizeof(pristine_locals[0]));
    keep_pristine_locals();
    explore_clock_reset();
    *result = (struct explore_result){.failure = EXPLORE_NO_FAILURE};
    scheduler.strategy = strategy;
    scheduler.result = result;
    scheduler.schedule++;
    scheduler.step = scheduler.signature = scheduler.waits = scheduler.trace_count = 0;
    scheduler.lonely_expiries = 0;
    scheduler.alarms_are_stopped = false;
    scheduler.live_count = 0;
    scheduler.ready = scheduler.sleepers = scheduler.alarm_waiters = 0;
    scheduler.idle = NULL;
    scheduler.free_count = 0;
    /* So that the same number is the same thread in each schedule, whatever the last one did. */
    for (unsigned i = scheduler.threads_made; i > 0; i--)
        scheduler.free_ids[scheduler.free_count++] = (unsigned char)(i - 1);

    strategy->begin(strategy);
    struct explore_thread *first = new_thread("main", body, argument);
    if (first == NULL) {
        result->failure = EXPLORE_ESCAPE;
        snprintf(result->message, sizeof(result->message), "no memory for a stack");
        return;
    }
    first->is_principal = true;
    copy_locals(locals_start, first->locals);
    scheduler.current = first;
    coroutine_switch(&scheduler.host, &first->coroutine);
    result->steps = scheduler.step;
    scheduler.current = NULL;
}
