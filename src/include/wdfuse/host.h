/*
 * The host: a WDF driver as a running daemon.
 *
 * A program consists of a driver, a description of it, and a main that passes both to the host:
 *
 *     #include <wdfuse/host.h>
 *
 *     DRIVER_INITIALIZE DriverEntry;
 *
 *     int main(int argc, char **argv)
 *     {
 *         static const WDFUSE_HOST Host = {
 *             .Size = sizeof(Host),
 *             .ProgramName = "toasterd",
 *             .Version = "1.0",
 *             .Summary = "Toasts bread on /dev/toaster.",
 *             .DeviceName = "toaster",
 *             .ServiceName = "toaster",
 *             .DriverEntry = DriverEntry,
 *         };
 *         return WdfuseHostMain(argc, argv, &Host);
 *     }
 *
 * The host does the rest: the command line, the background, readiness, the log, signals,
 * privileges, the device node. `toasterd --help` lists the options that every such program has.
 *
 * Descriptors above 2 without FD_CLOEXEC are assumed to belong to whoever started the program, and
 * are closed when the daemon is ready.
 */
#ifndef WDFUSE_HOST_H
#define WDFUSE_HOST_H

#include <stddef.h>

#include <ntddk.h>
#include <wdf.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Takes the value of one of the driver's own options. Value is NULL for an option without a value.
 * The host calls it while it reads the command line, in the order of the command line, before it
 * starts anything. Returns 0; or -1 with one line in Error that says what is wrong with the value
 * ("'7x' is not a number from 1 to 64"). The host then prints the option's name and that line, and
 * ends with exit status 2.
 */
typedef int WDFUSE_HOST_PARSE_OPTION(const char *Value, char *Error, size_t ErrorSize);

/* One of the driver's own options. All strings belong to the caller and must be valid while
 * WdfuseHostMain runs. */
typedef struct _WDFUSE_HOST_OPTION {
    const char *Name;     /* without the dashes: "delay" */
    const char *Argument; /* how the help calls the value: "MS". NULL: the option has no value */
    const char *Help;     /* one line for the help; a newline begins a second one */
    WDFUSE_HOST_PARSE_OPTION *Parse; /* required */
} WDFUSE_HOST_OPTION, *PWDFUSE_HOST_OPTION;

typedef struct _WDFUSE_HOST {
    size_t Size;             /* sizeof(WDFUSE_HOST) */
    const char *ProgramName; /* in messages, the help and the system log: "echod" */
    const char *Version;     /* what --version prints after the name */
    const char *Summary;     /* one sentence for the help. May be NULL */
    const char *DeviceName;  /* the node's name unless --name says another: "echo" for /dev/echo */
    const char *ServiceName; /* the driver's name in its registry path and in messages */
    DRIVER_INITIALIZE *DriverEntry;

    const WDFUSE_HOST_OPTION *Options; /* the driver's own options; NULL if it has none */
    size_t OptionCount;

    /*
     * Called once after the last option, to refuse combinations that make no sense; NULL if all
     * make sense. Returns as a parse function does; Error names the options.
     */
    int (*CheckOptions)(char *Error, size_t ErrorSize);

    /*
     * For a host that finds its driver when it starts, as wdfhost does; otherwise NULL. OperandName
     * is the help's name for the one argument that is not an option: "DRIVER.so". It is a file; the
     * file's name without folder and ".so" replaces DeviceName and ServiceName, which are NULL. The
     * host calls FindDriver once, in the process that will serve the device, before it has other
     * threads. It returns the driver's DriverEntry, or NULL with one line in Error that names the
     * file and what is wrong with it.
     */
    const char *OperandName;
    DRIVER_INITIALIZE *(*FindDriver)(const char *Operand, char *Error, size_t ErrorSize);

    /*
     * Not NULL: without --sandbox the daemon is confined once its devices are open, as with
     * --sandbox=on (<wdfuse/sandbox.h>). The string names the system calls that the program needs
     * beyond those of the host: "", or names with blanks between them.
     */
    const char *SandboxCalls;
} WDFUSE_HOST, *PWDFUSE_HOST;

/*
 * Runs the driver until a signal ends it, and returns the program's exit status:
 *
 *     0  --help or --version; in the foreground: the device was served and removed in order;
 *        in the background: the device is ready to be opened, and a daemon serves it from now on
 *     1  it failed, and one line on stderr says what failed, why, and what to do
 *     2  the command line is wrong, and stderr says where
 *
 * Call it once, from main, before any thread is started. Argv is used until it returns.
 */
int WdfuseHostMain(int Argc, char **Argv, const WDFUSE_HOST *Host);

/*
 * For parse functions: accepts a decimal number from Minimum to Maximum without sign, blank or
 * trailing text. Returns 0 with the number in *Number, or -1 with the reason in Error.
 */
int WdfuseHostParseNumber(const char *Value, unsigned long Minimum, unsigned long Maximum,
                          unsigned long *Number, char *Error, size_t ErrorSize);

/*
 * For parse functions: accepts one of Count names. Returns 0 with the name's index in *Index, or -1
 * with the reason in Error.
 */
int WdfuseHostParseChoice(const char *Value, const char *const Names[], size_t Count, size_t *Index,
                          char *Error, size_t ErrorSize);

#ifdef __cplusplus
}
#endif

#endif
