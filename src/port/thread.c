/* Starting a thread, and where it runs. See thread.h. */
#include "port/thread.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct thread_start {
    void (*body)(void *);
    void *argument;
};

/* ---- where and when it runs ---- */

/*
 * Where threads may run that do not stay behind: where the first that asked might before. What a
 * thread starts inherits how it runs, so that this becomes the default of all new threads, of
 * whoever starts them, and processes shed it. The set has room for 1024 CPUs; on a machine with
 * more the kernel refuses, and nobody stays behind.
 */
static cpu_set_t roaming_cpus;
static bool is_forbidden;
static bool may_stay_behind;
static pthread_once_t roaming_once = PTHREAD_ONCE_INIT;

PORT_THREAD_LOCAL unsigned port_known_number;

unsigned port_thread_ask_number(void)
{
    port_known_number = (unsigned)gettid();
    return port_known_number;
}

static _Thread_local bool is_placed;

static const struct sched_param no_priority;

/* Whether a thread can come back depends on RLIMIT_NICE, privileges and filters of system calls
 * (sched(7)); a thread that does nothing else finds out. */
static void *go_and_come_back(void *unused)
{
    static char yes;
    (void)unused;
    bool is_back = sched_setscheduler(0, SCHED_IDLE, &no_priority) == 0 &&
                   sched_setscheduler(0, SCHED_OTHER, &no_priority) == 0;
    return is_back ? &yes : NULL;
}

static bool can_come_back(void)
{
    pthread_t trial;
    void *result = NULL;
    if (pthread_create(&trial, NULL, go_and_come_back, NULL) == 0)
        pthread_join(trial, &result);
    return result != NULL;
}

static bool set_default_of_new_threads(void)
{
    pthread_attr_t attributes;
    if (pthread_getattr_default_np(&attributes) != 0)
        return false;
    bool is_set =
        pthread_attr_setaffinity_np(&attributes, sizeof(roaming_cpus), &roaming_cpus) == 0 &&
        pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED) == 0 &&
        pthread_attr_setschedpolicy(&attributes, SCHED_OTHER) == 0 &&
        pthread_setattr_default_np(&attributes) == 0;
    pthread_attr_destroy(&attributes);
    return is_set;
}

static void prepare_roaming(void)
{
    may_stay_behind = !is_forbidden && sched_getscheduler(0) == SCHED_OTHER && can_come_back() &&
                      sched_getaffinity(0, sizeof(roaming_cpus), &roaming_cpus) == 0 &&
                      pthread_atfork(NULL, NULL, port_thread_roam) == 0 &&
                      set_default_of_new_threads();
}

void port_thread_forbid_staying_behind(void)
{
    is_forbidden = true;
}

bool port_thread_may_stay_behind(void)
{
    pthread_once(&roaming_once, prepare_roaming);
    return may_stay_behind;
}

bool port_thread_stay_behind(unsigned cpu)
{
    if (!port_thread_may_stay_behind() || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &roaming_cpus))
        return false;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    is_placed = true;
    if (sched_setaffinity(0, sizeof(one), &one) == 0 &&
        sched_setscheduler(0, SCHED_IDLE, &no_priority) == 0)
        return true;
    port_thread_roam();
    return false;
}

bool port_thread_may_run_on(unsigned cpu)
{
    return port_thread_may_stay_behind() && cpu < CPU_SETSIZE && CPU_ISSET(cpu, &roaming_cpus);
}

bool port_thread_pin(unsigned cpu)
{
    if (!port_thread_may_run_on(cpu))
        return false;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    is_placed = true;
    return sched_setaffinity(0, sizeof(one), &one) == 0;
}

void port_thread_keep_off(unsigned cpu)
{
    if (!port_thread_may_stay_behind() || cpu >= CPU_SETSIZE)
        return;
    cpu_set_t others = roaming_cpus;
    CPU_CLR(cpu, &others);
    is_placed = true;
    if (CPU_COUNT(&others) > 0)
        sched_setaffinity(0, sizeof(others), &others);
}

void port_thread_roam(void)
{
    if (!is_placed)
        return;
    sched_setscheduler(0, SCHED_OTHER, &no_priority);
    sched_setaffinity(0, sizeof(roaming_cpus), &roaming_cpus);
    is_placed = false;
}

void port_thread_let_roam(const struct port_thread *thread)
{
    pthread_setschedparam(thread->native, SCHED_OTHER, &no_priority);
    pthread_setaffinity_np(thread->native, sizeof(roaming_cpus), &roaming_cpus);
}

unsigned port_thread_cpu_count_possible(void)
{
    long count = sysconf(_SC_NPROCESSORS_CONF);
    return count > 0 ? (unsigned)count : 1;
}

unsigned port_thread_cpu_count(void)
{
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
}

/* ---- starting ---- */

static bool gives_signal_stacks; /* written before the threads that it is meant for */

void port_thread_give_signal_stacks(void)
{
    gives_signal_stacks = true;
}

/*
 * Memory of its own, which is touched by a crash alone. At the far end of the thread's stack it
 * would move what is used of that to where the kernel may put a huge page. Without memory the
 * thread goes without.
 */
static void run_with_signal_stack(const struct thread_start *start)
{
    void *memory = mmap(NULL, PORT_SIGNAL_STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        start->body(start->argument);
        return;
    }
    const stack_t stack = {.ss_sp = memory, .ss_size = PORT_SIGNAL_STACK_SIZE};
    const stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&stack, NULL);
    start->body(start->argument);
    sigaltstack(&none, NULL);
    munmap(memory, PORT_SIGNAL_STACK_SIZE);
}

static void *thread_main(void *argument)
{
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    if (gives_signal_stacks)
        run_with_signal_stack(&start);
    else
        start.body(start.argument);
    return NULL;
}

/* One that is blocked when the thread itself brings it about ends the process without its
 * handler. */
static void allow_own_signals(sigset_t *set)
{
    sigdelset(set, SIGSEGV);
    sigdelset(set, SIGBUS);
    sigdelset(set, SIGFPE);
    sigdelset(set, SIGILL);
    sigdelset(set, SIGSYS);
}

int port_thread_start(struct port_thread *thread, const char *name, void (*body)(void *),
                      void *argument)
{
    struct thread_start *start = malloc(sizeof(*start));
    if (start == NULL)
        return -ENOMEM;
    *start = (struct thread_start){.body = body, .argument = argument};

    sigset_t all, before;
    sigfillset(&all);
    allow_own_signals(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread->native, NULL, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (error != 0) {
        free(start);
        return -error;
    }
    pthread_setname_np(thread->native, name);
    return 0;
}

/* ---- interrupting ---- */

/* Nobody else here uses it; those of the C library are below SIGRTMIN. */
#define INTERRUPT_SIGNAL SIGRTMIN

static void do_nothing(int signal)
{
    (void)signal;
}

static void install_interrupt_handler(void)
{
    struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */
    sigaction(INTERRUPT_SIGNAL, &action, NULL);
}

void port_thread_allow_interrupts(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sigset_t set;
    pthread_once(&once, install_interrupt_handler);
    sigemptyset(&set);
    sigaddset(&set, INTERRUPT_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void port_thread_interrupt(const struct port_thread *thread)
{
    pthread_kill(thread->native, INTERRUPT_SIGNAL);
}
