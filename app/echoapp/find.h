/* Which echo device to use by default. */
#ifndef ECHOAPP_FIND_H
#define ECHOAPP_FIND_H

/*
 * The first device of the echo interface class that opens, in the order of their names, the
 * system's before the user's own; one line on stdout says which. If there is none, the usual name.
 * Lives as long as the program.
 */
const char *find_device(void);

#endif
