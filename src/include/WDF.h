/* <wdf.h>, for sources that write it in another case. */
#include <wdf.h>
