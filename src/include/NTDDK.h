/* <ntddk.h>, for sources that write it in another case. */
#include <ntddk.h>
