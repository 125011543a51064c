/* <TraceLoggingProvider.h>, for sources that write it in another case. */
#include <TraceLoggingProvider.h>
