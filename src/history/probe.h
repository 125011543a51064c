/*
 * The events of histories as probes for bpftrace, perf and systemtap, in a build with them
 * (-Dusdt): provider wdfuse, the event's name, and object, argument, status and what the detail
 * stands for. One that nobody watches is an instruction that does nothing.
 */
#ifndef WDFUSE_HISTORY_PROBE_H
#define WDFUSE_HISTORY_PROBE_H

#if defined(WDFUSE_HAVE_USDT) && !defined(PORT_EXPLORE)
#include <sys/sdt.h>
#define HISTORY_PROBE(event, object, argument, status, detail)                                     \
    DTRACE_PROBE4(wdfuse, event, object, argument, status, detail)
#else
#define HISTORY_PROBE(event, object, argument, status, detail) ((void)0)
#endif

#endif
