/*
 * What a confined driver needs.
 *
 * A daemon that is started with --sandbox=on (wdfhost), or is not told otherwise (a program whose
 * WDFUSE_HOST has SandboxCalls), may make few system calls once its devices are open: those that
 * the framework needs, with files, threads, timers and sockets of this machine. A driver that needs
 * more says so in one of its source files:
 *
 *     #include <wdfuse/sandbox.h>
 *
 *     WDFUSE_SANDBOX_CALLS("socket ptrace");
 *
 * The names are those of syscalls(2), with blanks between them. A call that is named is allowed
 * with any arguments: `socket` means sockets of every kind, which are of this machine alone
 * otherwise.
 */
#ifndef WDFUSE_SANDBOX_H
#define WDFUSE_SANDBOX_H

#ifdef __cplusplus
#define WDFUSE_SANDBOX_EXTERN extern "C"
#else
#define WDFUSE_SANDBOX_EXTERN extern
#endif

/* Once in a driver's file. The host looks for the name when it has loaded the file. */
#define WDFUSE_SANDBOX_CALLS(Names)                                                                \
    WDFUSE_SANDBOX_EXTERN __attribute__((visibility("default"))) const char WdfuseSandboxCalls[];  \
    const char WdfuseSandboxCalls[] = Names

#endif
