/* The system that this port presents to INFs (S20.15): it decides which sections apply, and the
 * values of an INX's variables. */
#ifndef WDFUSE_INF_SYSTEM_H
#define WDFUSE_INF_SYSTEM_H

#define INF_KMDF_MAJOR 1
#define INF_KMDF_MINOR 33
#define INF_UMDF_MAJOR 2
#define INF_UMDF_MINOR 33

struct inf_system {
    const char *architecture; /* amd64, arm64, x86, arm */
    unsigned major, minor, build;
    unsigned product_type; /* 1: a workstation */
    unsigned today;        /* 20261129: dates after it lie in the future; 0: nobody knows */
};

/* This machine, today. */
struct inf_system inf_system_current(void);

#endif
