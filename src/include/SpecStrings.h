/* <specstrings.h>, for sources that write it in another case. */
#include <specstrings.h>
