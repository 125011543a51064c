/* Annotations of strings and buffers, all of them empty: see sal.h. */
#include <sal.h>
