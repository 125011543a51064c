/* Names of Win32 errors. See win32error.h. Source of names and values: Win32 documentation. */
#include "nt/win32error.h"

#include <string.h>

#include "nt/status.h"

struct named_value {
    ULONG value;
    const char *name;
};

static const struct named_value errors[] = {
    {0, "ERROR_SUCCESS"},
    {1, "ERROR_INVALID_FUNCTION"},
    {2, "ERROR_FILE_NOT_FOUND"},
    {3, "ERROR_PATH_NOT_FOUND"},
    {4, "ERROR_TOO_MANY_OPEN_FILES"},
    {5, "ERROR_ACCESS_DENIED"},
    {6, "ERROR_INVALID_HANDLE"},
    {8, "ERROR_NOT_ENOUGH_MEMORY"},
    {13, "ERROR_INVALID_DATA"},
    {14, "ERROR_OUTOFMEMORY"},
    {15, "ERROR_INVALID_DRIVE"},
    {18, "ERROR_NO_MORE_FILES"},
    {19, "ERROR_WRITE_PROTECT"},
    {20, "ERROR_BAD_UNIT"},
    {21, "ERROR_NOT_READY"},
    {22, "ERROR_BAD_COMMAND"},
    {23, "ERROR_CRC"},
    {24, "ERROR_BAD_LENGTH"},
    {29, "ERROR_WRITE_FAULT"},
    {30, "ERROR_READ_FAULT"},
    {31, "ERROR_GEN_FAILURE"},
    {32, "ERROR_SHARING_VIOLATION"},
    {33, "ERROR_LOCK_VIOLATION"},
    {38, "ERROR_HANDLE_EOF"},
    {50, "ERROR_NOT_SUPPORTED"},
    {55, "ERROR_DEV_NOT_EXIST"},
    {80, "ERROR_FILE_EXISTS"},
    {87, "ERROR_INVALID_PARAMETER"},
    {109, "ERROR_BROKEN_PIPE"},
    {110, "ERROR_OPEN_FAILED"},
    {111, "ERROR_BUFFER_OVERFLOW"},
    {112, "ERROR_DISK_FULL"},
    {120, "ERROR_CALL_NOT_IMPLEMENTED"},
    {121, "ERROR_SEM_TIMEOUT"},
    {122, "ERROR_INSUFFICIENT_BUFFER"},
    {123, "ERROR_INVALID_NAME"},
    {126, "ERROR_MOD_NOT_FOUND"},
    {127, "ERROR_PROC_NOT_FOUND"},
    {145, "ERROR_DIR_NOT_EMPTY"},
    {161, "ERROR_BAD_PATHNAME"},
    {170, "ERROR_BUSY"},
    {183, "ERROR_ALREADY_EXISTS"},
    {206, "ERROR_FILENAME_EXCED_RANGE"},
    {230, "ERROR_BAD_PIPE"},
    {231, "ERROR_PIPE_BUSY"},
    {232, "ERROR_NO_DATA"},
    {233, "ERROR_PIPE_NOT_CONNECTED"},
    {234, "ERROR_MORE_DATA"},
    {258, "WAIT_TIMEOUT"},
    {259, "ERROR_NO_MORE_ITEMS"},
    {433, "ERROR_NO_SUCH_DEVICE"},
    {487, "ERROR_INVALID_ADDRESS"},
    {534, "ERROR_ARITHMETIC_OVERFLOW"},
    {995, "ERROR_OPERATION_ABORTED"},
    {996, "ERROR_IO_INCOMPLETE"},
    {997, "ERROR_IO_PENDING"},
    {998, "ERROR_NOACCESS"},
    {1114, "ERROR_DLL_INIT_FAILED"},
    {1117, "ERROR_IO_DEVICE"},
    {1167, "ERROR_DEVICE_NOT_CONNECTED"},
    {1168, "ERROR_NOT_FOUND"},
    {1223, "ERROR_CANCELLED"},
    {1227, "ERROR_CONNECTION_INVALID"},
    {1237, "ERROR_RETRY"},
    {1306, "ERROR_REVISION_MISMATCH"},
    {1314, "ERROR_PRIVILEGE_NOT_HELD"},
    {1359, "ERROR_INTERNAL_ERROR"},
    {1450, "ERROR_NO_SYSTEM_RESOURCES"},
    {1460, "ERROR_TIMEOUT"},
    {1617, "ERROR_DEVICE_REMOVED"},
    {1627, "ERROR_FUNCTION_FAILED"},
    {1784, "ERROR_INVALID_USER_BUFFER"},
    {4309, "ERROR_RESOURCE_NOT_AVAILABLE"},
    {5023, "ERROR_INVALID_STATE"},
};

static const struct named_value results[] = {
    {0x00000000, "S_OK"},
    {0x00000001, "S_FALSE"},
    {0x80004001, "E_NOTIMPL"},
    {0x80004002, "E_NOINTERFACE"},
    {0x80004003, "E_POINTER"},
    {0x80004004, "E_ABORT"},
    {0x80004005, "E_FAIL"},
    {0x8000000B, "E_BOUNDS"},
    {0x8000000A, "E_PENDING"},
    {0x8000FFFF, "E_UNEXPECTED"},
    {0x80070005, "E_ACCESSDENIED"},
    {0x80070006, "E_HANDLE"},
    {0x8007000E, "E_OUTOFMEMORY"},
    {0x80070057, "E_INVALIDARG"},
    {0x80040154, "REGDB_E_CLASSNOTREG"},
};

static const char *find(const struct named_value *values, size_t count, ULONG value)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].value == value)
            return values[i].name;
    return NULL;
}

const char *win32_error_name(ULONG error)
{
    return find(errors, RTL_NUMBER_OF(errors), error);
}

/* Of an HRESULT: the facility of Win32, and the bit of NTSTATUS. */
#define FACILITY_OF_WIN32 0x80070000u
#define FACILITY_NT_BIT   0x10000000u

const char *hresult_name(LONG result)
{
    ULONG value = (ULONG)result;
    const char *name = find(results, RTL_NUMBER_OF(results), value);

    if (name != NULL)
        return name;
    if ((value & 0xffff0000u) == FACILITY_OF_WIN32)
        return win32_error_name(value & 0xffff);
    if ((value & FACILITY_NT_BIT) == 0)
        return NULL;
    name = nt_status_name((NTSTATUS)(value & ~FACILITY_NT_BIT));
    return strncmp(name, "0x", 2) != 0 ? name : NULL;
}
