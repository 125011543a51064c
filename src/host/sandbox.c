/* Confinement. See sandbox.h. */
#include "host/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host/sandboxcalls.h"
#include "port/log.h"

#define BLANKS " ,\t\n"

int sandbox_parse(const char *text, enum sandbox_mode *mode)
{
    *mode = strcmp(text, "on") == 0 ? SANDBOX_ON : SANDBOX_OFF;
    return *mode == SANDBOX_ON || strcmp(text, "off") == 0 ? 0 : -1;
}

static int allow_call(const char *name, size_t length, const char *who)
{
    char call[64] = "";
    int error = -EINVAL;
    if (length < sizeof(call)) {
        memcpy(call, name, length);
        error = sandbox_calls_allow(call);
    }
    if (error != 0)
        log_error("%s needs the system call '%.*s': %s", who, (int)length, name,
                  error == -EINVAL ? "there is no such call" : strerror(-error));
    return error;
}

static bool is_entered;

int sandbox_allow_calls(const char *names, const char *who)
{
    int error = 0;
    if (is_entered) {
        log_warning("%s needs further system calls (%s): it comes too late for the sandbox", who,
                    names);
        return 0;
    }
    for (const char *next = names + strspn(names, BLANKS); *next != '\0' && error == 0;) {
        size_t length = strcspn(next, BLANKS);
        error = allow_call(next, length, who);
        next += length + strspn(next + length, BLANKS);
    }
    return error;
}

int sandbox_enter(enum sandbox_mode mode)
{
    if (mode == SANDBOX_OFF)
        return 0;
    int error = sandbox_calls_enter();
    is_entered = error == 0;
    if (error == 0) {
        log_debug("from now on there are no system calls but those of the sandbox");
        return 0;
    }
    if (mode == SANDBOX_IF_POSSIBLE && error == -ENOSYS) {
        log_info("there is no sandbox: this kernel, this build, or the filter that the daemon was "
                 "started in has no filter of system calls");
        return 0;
    }
    log_error("the sandbox can't be entered: %s; --sandbox=off goes without", strerror(-error));
    return error;
}
