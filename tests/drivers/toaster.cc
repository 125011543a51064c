// The same driver, in C++.
#include "toaster.c"
