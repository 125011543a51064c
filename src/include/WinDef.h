/* <windef.h>, for sources that write it in another case. */
#include <windef.h>
