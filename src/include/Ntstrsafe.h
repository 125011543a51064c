/* <ntstrsafe.h>, for sources that write it in another case. */
#include <ntstrsafe.h>
