/* <ntintsafe.h>, for sources that write it in another case. */
#include <ntintsafe.h>
