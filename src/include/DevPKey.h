/* <devpkey.h>, for sources that write it in another case. */
#include <devpkey.h>
