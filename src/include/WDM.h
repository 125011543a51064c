/* <wdm.h>, for sources that write it in another case. */
#include <wdm.h>
