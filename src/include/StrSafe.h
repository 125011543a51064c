/* <strsafe.h>, for sources that write it in another case. */
#include <strsafe.h>
