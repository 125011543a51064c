/* <windows.h>, for sources that write it in another case. */
#include <windows.h>
