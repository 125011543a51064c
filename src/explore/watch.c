/* The watch. See watch.h. */
#include "explore/watch.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

#include "port/explore/scheduler.h"

static watch_alarm *on_alarm;
static unsigned patience;
/* A schedule that advances makes hundreds of thousands of steps a second; a driver whose sleep the
 * watch itself has interrupted makes a few. */
#define STEPS_OF_A_SECOND 1000

static unsigned still_for;
static uint64_t pulse_before;

/* The position of the interrupted thread; NULL: unknown. */
static const void *interrupted_address(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (const void *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (const void *)(uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return NULL;
#endif
}

static void look(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)information;
    bool has_moved = explore_pulse - pulse_before >= STEPS_OF_A_SECOND || !explore_is_running();
    pulse_before = explore_pulse;
    still_for = has_moved ? 0 : still_for + 1;
    if (still_for >= patience)
        on_alarm(explore_thread_name(), interrupted_address(context));
}

void watch_start(unsigned seconds, watch_alarm *alarm)
{
    on_alarm = alarm;
    patience = seconds;
    struct sigaction action = {.sa_sigaction = look,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    struct itimerval every_second = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};
    setitimer(ITIMER_REAL, &every_second, NULL);
}
