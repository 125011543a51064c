/* What this port says it is. See system.h. */
#include "inf/system.h"

#include <time.h>

#if defined(__x86_64__)
#define ARCHITECTURE "amd64"
#elif defined(__aarch64__)
#define ARCHITECTURE "arm64"
#elif defined(__i386__)
#define ARCHITECTURE "x86"
#elif defined(__arm__)
#define ARCHITECTURE "arm"
#else
#define ARCHITECTURE "amd64"
#endif

static unsigned date_of_today(void)
{
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL)
        return 0;
    return (unsigned)(parts.tm_year + 1900) * 10000 + (unsigned)(parts.tm_mon + 1) * 100 +
           (unsigned)parts.tm_mday;
}

struct inf_system inf_system_current(void)
{
    return (struct inf_system){
        .architecture = ARCHITECTURE,
        .major = 10,
        .minor = 0,
        .build = 99999,
        .product_type = 1,
        .today = date_of_today(),
    };
}
