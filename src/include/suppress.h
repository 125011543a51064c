/* Names of what Microsoft's static analyser can be told to be quiet about. There is no such
 * analyser here. */
#ifndef SUPPRESS_H
#define SUPPRESS_H

#endif
