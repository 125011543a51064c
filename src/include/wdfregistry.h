/*
 * Registry keys. Here the registry is the driver's configuration, a JSON file
 * (docs/configuration.md): the driver's own key,
 * \Registry\Machine\System\CurrentControlSet\Services\NAME, is the whole of it; nothing else of the
 * registry exists.
 *
 * For all functions: PASSIVE_LEVEL; names are found without regard to case, have at most 255
 * characters, and do not begin with REG_. Beside the statuses named, all may return
 * STATUS_INVALID_PARAMETER: a malformed UNICODE_STRING; STATUS_OBJECT_NAME_INVALID: such a name;
 * STATUS_ACCESS_DENIED: a driver of the user-mode framework has opened the key without the right
 * (KEY_QUERY_VALUE, KEY_SET_VALUE, KEY_CREATE_SUB_KEY, DELETE), which nobody asks a driver of
 * kernel mode for; STATUS_KEY_DELETED: somebody has removed the key; STATUS_INSUFFICIENT_RESOURCES;
 * STATUS_INVALID_DEVICE_REQUEST: above PASSIVE_LEVEL.
 *
 * What changes the configuration is in the file when it returns, and may also return
 * STATUS_ACCESS_DENIED, STATUS_MEDIA_WRITE_PROTECTED, STATUS_DISK_FULL, STATUS_REGISTRY_IO_FAILED:
 * the file cannot be written, as the log says; STATUS_REGISTRY_CORRUPT: somebody else has put
 * something into it that is no configuration.
 */
#ifndef WDFREGISTRY_H
#define WDFREGISTRY_H

#include <wdfcollection.h>
#include <wdfmemory.h>
#include <wdfstring.h>

WDF_EXTERN_C_START

/*
 * WdfRegistryOpenKey: opens a key.
 *   ParentKey      optional; without it KeyName is absolute, and below the driver's own key.
 *   KeyName        one name, or several with backslashes between them; empty: ParentKey itself.
 *   DesiredAccess  KEY_READ, KEY_SET_VALUE ...; generic rights will do.
 *   KeyAttributes  optional; the parent is the driver unless they name another.
 *   Key            receives the handle; for WdfRegistryClose, or it goes with its parent.
 * Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_PATH_SYNTAX_BAD: no absolute
 * name without ParentKey, or a backslash without a name; refusals of the attributes (S1.25).
 */
NTSTATUS WdfRegistryOpenKey(WDFKEY ParentKey, PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                            PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key);

/*
 * WdfRegistryCreateKey: opens a key, and creates it if it does not exist; only the last name is
 * created.
 *   CreateOptions      REG_OPTION_NON_VOLATILE, or REG_OPTION_VOLATILE: it goes with the process.
 *   CreateDisposition  optional; receives REG_CREATED_NEW_KEY or REG_OPENED_EXISTING_KEY.
 * Returns as WdfRegistryOpenKey; STATUS_INVALID_PARAMETER: other options, or deeper than 512 keys;
 * STATUS_CHILD_MUST_BE_VOLATILE: below a volatile key; STATUS_OBJECT_NAME_COLLISION: a value has
 * that name.
 */
NTSTATUS WdfRegistryCreateKey(WDFKEY ParentKey, PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                              ULONG CreateOptions, PULONG CreateDisposition,
                              PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key);

/* WdfRegistryClose: deletes the handle. */
VOID WdfRegistryClose(WDFKEY Key);

/*
 * WdfRegistryRemoveKey: removes the key with its values, and deletes the handle if that succeeds.
 * Returns STATUS_SUCCESS; STATUS_CANNOT_DELETE: there are keys below it, or it is one that is
 * always there.
 */
NTSTATUS WdfRegistryRemoveKey(WDFKEY Key);

/* WdfRegistryRemoveValue: returns STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND. */
NTSTATUS WdfRegistryRemoveValue(WDFKEY Key, PCUNICODE_STRING ValueName);

/*
 * WdfRegistryQueryValue: the bytes of a value of any type.
 *   ValueLength, Value  a buffer and its bytes; NULL asks for the length.
 *   ValueLengthQueried  optional; receives the value's bytes, also with STATUS_BUFFER_OVERFLOW.
 *   ValueType           optional; receives REG_DWORD ..., also with STATUS_BUFFER_OVERFLOW.
 * Returns STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW: Value is NULL or too small, and untouched;
 * STATUS_OBJECT_NAME_NOT_FOUND.
 */
NTSTATUS WdfRegistryQueryValue(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueLength,
                               PVOID Value, PULONG ValueLengthQueried, PULONG ValueType);

/*
 * WdfRegistryQueryMemory: the same in a memory object of the right size, which the caller deletes.
 * Returns STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_INVALID_PARAMETER: the value has no
 * bytes; refusals of the attributes (S1.25).
 */
NTSTATUS WdfRegistryQueryMemory(WDFKEY Key, PCUNICODE_STRING ValueName, POOL_TYPE PoolType,
                                PWDF_OBJECT_ATTRIBUTES MemoryAttributes, WDFMEMORY *Memory,
                                PULONG ValueType);

/*
 * WdfRegistryQueryMultiString: the texts of a REG_MULTI_SZ, each a new WDFSTRING at the end of
 * Collection.
 *   StringsAttributes  optional; those of each string; the parent is the driver unless they name
 *                      another.
 * Returns STATUS_SUCCESS; STATUS_OBJECT_TYPE_MISMATCH: another type, or not ended as one;
 * STATUS_OBJECT_NAME_NOT_FOUND; refusals of the attributes (S1.25). A failure leaves Collection as
 * it was.
 */
NTSTATUS WdfRegistryQueryMultiString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                     PWDF_OBJECT_ATTRIBUTES StringsAttributes,
                                     WDFCOLLECTION Collection);

/*
 * WdfRegistryQueryUnicodeString: the text of a REG_SZ or REG_EXPAND_SZ.
 *   ValueByteLength  optional; receives its bytes with the zero, also with STATUS_BUFFER_OVERFLOW.
 *   Value            optional; a buffer of MaximumLength bytes, which the zero, too, must fit into;
 *                    Length is without it.
 * Returns STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW: Value is NULL or too small, whatever the type;
 * STATUS_OBJECT_TYPE_MISMATCH; STATUS_OBJECT_NAME_NOT_FOUND.
 */
NTSTATUS WdfRegistryQueryUnicodeString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                       PUSHORT ValueByteLength, PUNICODE_STRING Value);

/*
 * WdfRegistryQueryString: the same into a WDFSTRING. Returns STATUS_SUCCESS;
 * STATUS_OBJECT_TYPE_MISMATCH; STATUS_INVALID_BUFFER_SIZE: more than 65535 bytes;
 * STATUS_OBJECT_NAME_NOT_FOUND.
 */
NTSTATUS WdfRegistryQueryString(WDFKEY Key, PCUNICODE_STRING ValueName, WDFSTRING String);

/*
 * WdfRegistryQueryULong: a REG_DWORD. Returns STATUS_SUCCESS; STATUS_OBJECT_TYPE_MISMATCH: another
 * type, or less than 4 bytes; STATUS_BUFFER_OVERFLOW: more than 4 bytes;
 * STATUS_OBJECT_NAME_NOT_FOUND.
 */
NTSTATUS WdfRegistryQueryULong(WDFKEY Key, PCUNICODE_STRING ValueName, PULONG Value);

/*
 * WdfRegistryAssignValue: sets a value, and creates it if it does not exist.
 *   ValueType           REG_NONE to REG_QWORD; the bytes need not have the form of the type.
 *   ValueLength, Value  its bytes.
 * Returns STATUS_SUCCESS; STATUS_INVALID_PARAMETER: no such type, or bytes that are at NULL;
 * STATUS_OBJECT_NAME_COLLISION: a key has that name.
 */
NTSTATUS WdfRegistryAssignValue(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueType,
                                ULONG ValueLength, PVOID Value);

/*
 * WdfRegistryAssignMemory: the same with the bytes of a memory object, or a part of it:
 * BufferLength 0 means all after the offset. Returns as WdfRegistryAssignValue;
 * STATUS_INTEGER_OVERFLOW: a part beyond its end (S8.26).
 */
NTSTATUS WdfRegistryAssignMemory(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueType,
                                 WDFMEMORY Memory, PWDFMEMORY_OFFSET MemoryOffsets);

/*
 * WdfRegistryAssignMultiString: sets a REG_MULTI_SZ of the WDFSTRINGs in a collection. Returns as
 * WdfRegistryAssignValue; STATUS_INVALID_PARAMETER: something else is in it, or it changed
 * meanwhile.
 */
NTSTATUS WdfRegistryAssignMultiString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                      WDFCOLLECTION StringsCollection);

/* WdfRegistryAssignUnicodeString, WdfRegistryAssignString: set a REG_SZ. Return as
 * WdfRegistryAssignValue. */
NTSTATUS WdfRegistryAssignUnicodeString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                        PCUNICODE_STRING Value);
NTSTATUS WdfRegistryAssignString(WDFKEY Key, PCUNICODE_STRING ValueName, WDFSTRING String);

/* WdfRegistryAssignULong: sets a REG_DWORD. Returns as WdfRegistryAssignValue. */
NTSTATUS WdfRegistryAssignULong(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG Value);

WDF_EXTERN_C_END

#endif
