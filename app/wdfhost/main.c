/* wdfhost: the host for drivers that are files of their own. */
#include <wdfuse/host.h>

#include "driverfile.h"
#include "explain.h"

static const WDFUSE_HOST_OPTION options[] = {
    {"explain", "RULE", "print the rule that a message names (S7.42)", explain_rule},
};

int main(int argc, char **argv)
{
    static const WDFUSE_HOST host = {
        .Size = sizeof(host),
        .ProgramName = "wdfhost",
        .Version = WDFUSE_VERSION,
        .Summary = "Serves the device of the WDF driver in DRIVER.so, or in the INF DRIVER.inf.",
        .Options = options,
        .OptionCount = sizeof(options) / sizeof(options[0]),
        .OperandName = "DRIVER.so",
        .FindDriver = driver_file_load,
    };
    return WdfuseHostMain(argc, argv, &host);
}
