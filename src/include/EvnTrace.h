/* <evntrace.h>, for sources that write it in another case. */
#include <evntrace.h>
