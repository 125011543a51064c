/* <intsafe.h>, for sources that write it in another case. */
#include <intsafe.h>
