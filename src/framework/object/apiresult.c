/* The statuses of public functions. See apiresult.h. */
#include "framework/object/apiresult.h"

#include "framework/object/identity.h"
#include "nt/status.h"
#include "port/log.h"
#include "port/thread.h"

/* Starts that this thread is inside. */
static PORT_THREAD_LOCAL unsigned starts;

void api_start_begin(void)
{
    starts++;
}

void api_start_end(void)
{
    starts--;
}

/* What a driver that looks for something is prepared for: a setting that is not there, a length. */
static bool is_an_answer(NTSTATUS status)
{
    return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_BUFFER_OVERFLOW ||
           status == STATUS_BUFFER_TOO_SMALL || status == STATUS_NO_MORE_ENTRIES;
}

void api_failed(NTSTATUS status, const char *function, const char *rule, const void *caller)
{
    enum log_level level = starts == 0            ? LOG_LEVEL_DEBUG
                           : is_an_answer(status) ? LOG_LEVEL_INFO
                                                  : LOG_LEVEL_WARNING;
    if (log_is_enabled(level))
        log_message(level, "driver %s: %s returns %s (%s)", driver_name(driver_of_caller(caller)),
                    function, nt_status_name(status), rule);
}
