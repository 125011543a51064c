/* The last lines of the log. See logtail.h. */
#include "control/logtail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "port/thread.h"

/* A leaf: lines are written with any lock held. */
static struct port_mutex logtail_lock = PORT_MUTEX_INITIALIZER;
/* Each is allocated when first needed. */
static struct logtail_line *lines[LOGTAIL_LINES] GUARDED_BY(logtail_lock);
static uint64_t last_number GUARDED_BY(logtail_lock);
static int listener GUARDED_BY(logtail_lock) = -1;

static uint64_t wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void logtail_add(enum log_level level, const char *line)
{
    uint64_t time = wall_time();
    PORT_LOCK_SCOPE(&logtail_lock);
    struct logtail_line **place = &lines[last_number % LOGTAIL_LINES];
    if (*place == NULL)
        *place = malloc(sizeof(**place));
    if (*place == NULL)
        return;
    (*place)->number = ++last_number;
    (*place)->time = time;
    (*place)->level = level;
    size_t length = strnlen(line, LOGTAIL_LINE_SIZE - 1);
    memcpy((*place)->text, line, length);
    (*place)->text[length] = '\0';
    if (listener >= 0)
        eventfd_write(listener, 1);
}

int logtail_next(uint64_t number, struct logtail_line *line)
{
    PORT_LOCK_SCOPE(&logtail_lock);
    uint64_t oldest = last_number > LOGTAIL_LINES ? last_number - LOGTAIL_LINES + 1 : 1;
    uint64_t wanted = number + 1 > oldest ? number + 1 : oldest;
    if (wanted > last_number)
        return 0;
    *line = *lines[(wanted - 1) % LOGTAIL_LINES];
    return 1;
}

void logtail_listen(int event)
{
    PORT_LOCK_SCOPE(&logtail_lock);
    listener = event;
}
