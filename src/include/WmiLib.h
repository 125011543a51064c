/* <wmilib.h>, for sources that write it in another case. */
#include <wmilib.h>
