/* Files that a driver opens by NT names: where the names lead, handles, and refusals. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ntddk.h>

#include "nt/driver.h"
#include "nt/filetable.h"
#include "nt/folder.h"
#include "nt/irql.h"
#include "unit.h"

static char base[] = "/tmp/wdfuse-files-XXXXXX";
static char made[sizeof(base)];
static struct nt_driver driver;
static IO_STATUS_BLOCK block;
static HANDLE handle;
static HANDLE other;

static void setup(void)
{
    memcpy(made, base, sizeof(base));
    ck_assert_ptr_nonnull(mkdtemp(made));
    ck_assert(folder_set_base(made));
    driver = (struct nt_driver){0};
    ck_assert_int_eq(nt_driver_enter(&driver, "filer", (const void *)&setup), STATUS_SUCCESS);
}

static int delete_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void teardown(void)
{
    file_close_all(NULL);
    nt_driver_leave(&driver);
    folder_set_base(NULL);
    nftw(made, delete_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- what the tests do ---- */

struct how {
    PCWSTR name;
    ACCESS_MASK access;
    ULONG sharing;
    ULONG disposition;
    ULONG options;
};

#define FOR_ALL (GENERIC_READ | GENERIC_WRITE | DELETE | SYNCHRONIZE)
#define IN_STEP FILE_SYNCHRONOUS_IO_NONALERT

static NTSTATUS open_in(HANDLE root, struct how how, PHANDLE result)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    RtlInitUnicodeString(&name, how.name);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root,
                               NULL);
    block = (IO_STATUS_BLOCK){.Information = 77};
    NTSTATUS status =
        ZwCreateFile(result, how.access != 0 ? how.access : FOR_ALL, &attributes, &block, NULL,
                     FILE_ATTRIBUTE_NORMAL, how.sharing, how.disposition, how.options, NULL, 0);
    ck_assert_int_eq(block.Status, status);
    ck_assert(NT_SUCCESS(status) == (*result != NULL));
    return status;
}

static NTSTATUS open_how(struct how how)
{
    return open_in(NULL, how, &handle);
}

static NTSTATUS open_named(PCWSTR name, ULONG disposition)
{
    return open_how((struct how){.name = name, .disposition = disposition, .options = IN_STEP});
}

static char *path_of(const char *relative)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/filer/%s", made, relative);
    return path;
}

static bool is_there(const char *relative)
{
    struct stat status;
    return lstat(path_of(relative), &status) == 0;
}

static void make_file(const char *relative, const char *text)
{
    ck_assert_int_eq(folder_make("filer", (uid_t)-1, (gid_t)-1), 0);
    FILE *stream = fopen(path_of(relative), "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
}

static void ck_assert_holds(const char *relative, const char *text)
{
    char there[64] = "";
    FILE *stream = fopen(path_of(relative), "r");
    ck_assert_msg(stream != NULL, "%s is not there", relative);
    there[fread(there, 1, sizeof(there) - 1, stream)] = '\0';
    fclose(stream);
    ck_assert_str_eq(there, text);
}

static NTSTATUS write_text(const char *text, PLARGE_INTEGER offset)
{
    return ZwWriteFile(handle, NULL, NULL, NULL, &block, (PVOID)text, (ULONG)strlen(text), offset,
                       NULL);
}

static NTSTATUS read_some(char *text, ULONG length, PLARGE_INTEGER offset)
{
    memset(text, 0, length);
    return ZwReadFile(handle, NULL, NULL, NULL, &block, text, length, offset, NULL);
}

static NTSTATUS set_position(LONGLONG position)
{
    FILE_POSITION_INFORMATION information = {.CurrentByteOffset.QuadPart = position};
    return ZwSetInformationFile(handle, &block, &information, sizeof(information),
                                FilePositionInformation);
}

static LONGLONG position(void)
{
    FILE_POSITION_INFORMATION information;
    ck_assert_int_eq(ZwQueryInformationFile(handle, &block, &information, sizeof(information),
                                            FilePositionInformation),
                     STATUS_SUCCESS);
    return information.CurrentByteOffset.QuadPart;
}

/* ---- names ---- */

START_TEST(a_name_of_nt_leads_into_the_drivers_folder)
{
    static const struct {
        PCWSTR name;
        const char *path;
    } rows[] = {
        {L"\\SystemRoot\\Temp\\a.log", "C/Windows/Temp/a.log"},
        {L"\\SystemRoot\\temp\\a.log", "C/Windows/Temp/a.log"},
        {L"\\systemroot\\a.log", "C/Windows/a.log"},
        {L"\\DosDevices\\C:\\a.log", "C/a.log"},
        {L"\\dosdevices\\c:\\WINDOWS\\TEMP\\a.log", "C/Windows/Temp/a.log"},
        {L"\\??\\C:\\a b.log", "C/a b.log"},
        {L"\\Global??\\C:\\\u00fcber.log", "C/\u00fcber.log"},
        {L"\\??\\C:\\\xd83d\xde00", "C/\xf0\x9f\x98\x80"},
    };
    ck_assert_int_eq(open_named(rows[_i].name, FILE_CREATE), STATUS_SUCCESS);
    ck_assert_uint_eq(block.Information, FILE_CREATED);
    ck_assert_int_eq(write_text("text", NULL), STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_holds(rows[_i].path, "text");
}
END_TEST

/* A link, "..", or nothing on the way; a link or a pipe at the end. */
START_TEST(no_name_leads_out_of_the_folder_or_to_what_is_no_file)
{
    static const struct {
        PCWSTR name;
        NTSTATUS status;
    } rows[] = {
        {L"\\SystemRoot\\..\\..\\..\\x", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\.\\x", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\..", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\a/b", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\../x", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\a:stream", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\a*", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\a\x01", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\\xd800x", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\\xdc00", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\\\x", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\x\\", STATUS_OBJECT_NAME_INVALID},
        {L"\\SystemRoot\\none\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\SystemRoot\\file\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\SystemRootx\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\Device\\HarddiskVolume1\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\DosDevices\\COM1", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\DosDevices\\1:\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\DosDevices\\D:\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\DosDevices\\C:x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"C:\\x", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"\\SystemRoot\\link", STATUS_ACCESS_DENIED},
        {L"\\SystemRoot\\out\\passwd", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\SystemRoot\\pipe", STATUS_ACCESS_DENIED},
    };
    make_file("C/Windows/file", "");
    ck_assert_int_eq(symlink("/etc/passwd", path_of("C/Windows/link")), 0);
    ck_assert_int_eq(symlink("/etc", path_of("C/Windows/out")), 0);
    ck_assert_int_eq(mkfifo(path_of("C/Windows/pipe"), 0600), 0);
    ck_assert_int_eq(open_named(rows[_i].name, FILE_OPEN_IF), rows[_i].status);
}
END_TEST

START_TEST(a_name_that_is_longer_than_linux_has_is_refused)
{
    WCHAR name[300] = L"\\SystemRoot\\";
    for (size_t i = 12; i < 299; i++)
        name[i] = 'x';
    ck_assert_int_eq(open_named(name, FILE_OPEN_IF), STATUS_OBJECT_NAME_INVALID);
    name[12 + 255] = '\0';
    ck_assert_int_eq(open_named(name, FILE_OPEN_IF), STATUS_SUCCESS);
}
END_TEST

START_TEST(letters_count_in_either_case_and_an_exact_name_comes_first)
{
    make_file("C/Report.TXT", "first");
    make_file("C/report.txt", "second");
    char text[8];
    ck_assert_int_eq(open_named(L"\\??\\C:\\report.txt", FILE_OPEN), STATUS_SUCCESS);
    ck_assert_int_eq(read_some(text, 7, NULL), STATUS_SUCCESS);
    ck_assert_str_eq(text, "second");
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_int_eq(open_named(L"\\??\\C:\\REPORT.txt", FILE_OPEN), STATUS_SUCCESS);
    ck_assert_int_eq(read_some(text, 7, NULL), STATUS_SUCCESS);
    ck_assert_str_eq(text, "first");
}
END_TEST

START_TEST(a_name_is_relative_to_an_open_directory)
{
    HANDLE root = NULL;
    struct how how = {.name = L"\\SystemRoot\\Temp",
                      .access = FILE_LIST_DIRECTORY | FILE_TRAVERSE,
                      .sharing = FILE_SHARE_READ,
                      .disposition = FILE_OPEN,
                      .options = FILE_DIRECTORY_FILE};
    ck_assert_int_eq(open_in(NULL, how, &root), STATUS_SUCCESS);
    how = (struct how){.name = L"x.log", .disposition = FILE_CREATE};
    ck_assert_int_eq(open_in(root, how, &handle), STATUS_SUCCESS);
    ck_assert(is_there("C/Windows/Temp/x.log"));
    how.name = L"\\SystemRoot\\y";
    ck_assert_int_eq(open_in(root, how, &other), STATUS_OBJECT_NAME_INVALID);
    how.name = L"y";
    ck_assert_int_eq(open_in(handle, how, &other), STATUS_OBJECT_PATH_NOT_FOUND);
    ck_assert_int_eq(open_in((HANDLE)3, how, &other), STATUS_INVALID_HANDLE);
}
END_TEST

START_TEST(without_a_folder_for_files_no_path_is_there)
{
    folder_set_base(NULL);
    ck_assert_int_eq(open_named(L"\\SystemRoot\\x", FILE_OPEN_IF), STATUS_OBJECT_PATH_NOT_FOUND);
}
END_TEST

/* ---- dispositions ---- */

START_TEST(the_disposition_says_what_is_done_with_what_is_there)
{
    static const struct {
        ULONG disposition;
        NTSTATUS missing;
        ULONG missing_outcome;
        NTSTATUS there;
        ULONG there_outcome;
        const char *left;
    } rows[] = {
        {FILE_SUPERSEDE, STATUS_SUCCESS, FILE_CREATED, STATUS_SUCCESS, FILE_SUPERSEDED, ""},
        {FILE_OPEN, STATUS_OBJECT_NAME_NOT_FOUND, FILE_DOES_NOT_EXIST, STATUS_SUCCESS, FILE_OPENED,
         "text"},
        {FILE_CREATE, STATUS_SUCCESS, FILE_CREATED, STATUS_OBJECT_NAME_COLLISION, FILE_EXISTS,
         "text"},
        {FILE_OPEN_IF, STATUS_SUCCESS, FILE_CREATED, STATUS_SUCCESS, FILE_OPENED, "text"},
        {FILE_OVERWRITE, STATUS_OBJECT_NAME_NOT_FOUND, FILE_DOES_NOT_EXIST, STATUS_SUCCESS,
         FILE_OVERWRITTEN, ""},
        {FILE_OVERWRITE_IF, STATUS_SUCCESS, FILE_CREATED, STATUS_SUCCESS, FILE_OVERWRITTEN, ""},
    };
    make_file("C/there", "text");
    ck_assert_int_eq(open_named(L"\\??\\C:\\missing", rows[_i].disposition), rows[_i].missing);
    ck_assert_uint_eq(block.Information, rows[_i].missing_outcome);
    ck_assert(is_there("C/missing") == NT_SUCCESS(rows[_i].missing));
    ck_assert_int_eq(open_named(L"\\??\\C:\\there", rows[_i].disposition), rows[_i].there);
    ck_assert_uint_eq(block.Information, rows[_i].there_outcome);
    ck_assert_holds("C/there", rows[_i].left);
}
END_TEST

START_TEST(files_and_directories_are_not_taken_for_each_other)
{
    make_file("C/file", "");
    struct how how = {
        .name = L"\\??\\C:\\file", .disposition = FILE_OPEN, .options = FILE_DIRECTORY_FILE};
    ck_assert_int_eq(open_how(how), STATUS_NOT_A_DIRECTORY);
    how = (struct how){.name = L"\\SystemRoot\\temp",
                       .disposition = FILE_OPEN_IF,
                       .options = FILE_NON_DIRECTORY_FILE};
    ck_assert_int_eq(open_how(how), STATUS_FILE_IS_A_DIRECTORY);
    how.options = 0;
    how.disposition = FILE_OVERWRITE_IF;
    ck_assert_int_eq(open_how(how), STATUS_OBJECT_NAME_COLLISION);
    how = (struct how){
        .name = L"\\??\\C:\\new\\", .disposition = FILE_CREATE, .options = FILE_DIRECTORY_FILE};
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert(is_there("C/new"));
    char text[4];
    ck_assert_int_eq(read_some(text, 4, NULL), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(what_makes_no_sense_is_an_invalid_parameter)
{
    static const struct how rows[] = {
        {L"\\SystemRoot\\x", FOR_ALL, 0, FILE_MAXIMUM_DISPOSITION + 1, 0},
        {L"\\SystemRoot\\x", FOR_ALL, 8, FILE_OPEN_IF, 0},
        {L"\\SystemRoot\\x", FOR_ALL, 0, FILE_OPEN_IF,
         FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE},
        {L"\\SystemRoot\\x", FILE_READ_DATA, 0, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_ALERT},
        {L"\\SystemRoot\\x", GENERIC_READ, 0, FILE_OPEN_IF, FILE_DELETE_ON_CLOSE},
        {L"\\SystemRoot\\x", FOR_ALL, 0, FILE_OVERWRITE_IF, FILE_DIRECTORY_FILE},
    };
    ck_assert_int_eq(open_how(rows[_i]), STATUS_INVALID_PARAMETER);
    ck_assert(!is_there("C/Windows/x"));
}
END_TEST

/* ---- sharing ---- */

START_TEST(what_is_not_shared_cannot_be_opened_a_second_time)
{
    static const struct {
        ACCESS_MASK first, second;
        ULONG first_shares, second_shares;
        NTSTATUS status;
    } rows[] = {
        {GENERIC_READ, GENERIC_READ, FILE_SHARE_READ, FILE_SHARE_READ, STATUS_SUCCESS},
        {GENERIC_READ, GENERIC_READ, 0, FILE_SHARE_READ, STATUS_SHARING_VIOLATION},
        {GENERIC_READ, GENERIC_READ, FILE_SHARE_READ, 0, STATUS_SHARING_VIOLATION},
        {GENERIC_READ, GENERIC_WRITE, FILE_SHARE_READ, FILE_SHARE_READ, STATUS_SHARING_VIOLATION},
        {GENERIC_READ, GENERIC_WRITE, FILE_SHARE_WRITE, FILE_SHARE_READ, STATUS_SUCCESS},
        {GENERIC_WRITE, DELETE, FILE_SHARE_WRITE, FILE_SHARE_WRITE, STATUS_SHARING_VIOLATION},
        {GENERIC_READ, FILE_READ_ATTRIBUTES, 0, 0, STATUS_SUCCESS},
    };
    make_file("C/x", "text");
    struct how how = {.name = L"\\??\\C:\\x",
                      .access = rows[_i].first,
                      .sharing = rows[_i].first_shares,
                      .disposition = FILE_OPEN};
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    how.access = rows[_i].second;
    how.sharing = rows[_i].second_shares;
    ck_assert_int_eq(open_in(NULL, how, &other), rows[_i].status);
    /* Nobody is in the way once the first is closed, and a refused open has truncated nothing. */
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    if (!NT_SUCCESS(rows[_i].status)) {
        ck_assert_int_eq(open_in(NULL, how, &other), STATUS_SUCCESS);
    }
    ck_assert_holds("C/x", "text");
}
END_TEST

START_TEST(an_overwriting_that_is_refused_cuts_nothing_off)
{
    make_file("C/x", "text");
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_OPEN), STATUS_SUCCESS);
    struct how how = {.name = L"\\??\\C:\\x", .disposition = FILE_OVERWRITE};
    ck_assert_int_eq(open_in(NULL, how, &other), STATUS_SHARING_VIOLATION);
    ck_assert_holds("C/x", "text");
}
END_TEST

/* ---- reading and writing ---- */

START_TEST(what_is_written_is_read_again)
{
    char text[16];
    ck_assert_int_eq(open_named(L"\\SystemRoot\\temp\\x", FILE_OPEN_IF), STATUS_SUCCESS);
    ck_assert_int_eq(write_text("hello", NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(block.Information, 5);
    ck_assert_int_eq(position(), 5);
    ck_assert_int_eq(read_some(text, 15, NULL), STATUS_END_OF_FILE);
    ck_assert_uint_eq(block.Information, 0);
    ck_assert_int_eq(set_position(0), STATUS_SUCCESS);
    ck_assert_int_eq(read_some(text, 15, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(block.Information, 5);
    ck_assert_str_eq(text, "hello");
    ck_assert_int_eq(ZwFlushBuffersFile(handle, &block), STATUS_SUCCESS);
    ck_assert_int_eq(read_some(text, 0, NULL), STATUS_SUCCESS);
}
END_TEST

START_TEST(an_offset_says_where_and_moves_the_position)
{
    char text[8];
    LARGE_INTEGER offset = {.QuadPart = 2};
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_OPEN_IF), STATUS_SUCCESS);
    ck_assert_int_eq(write_text("abcdef", NULL), STATUS_SUCCESS);
    ck_assert_int_eq(write_text("XY", &offset), STATUS_SUCCESS);
    ck_assert_int_eq(position(), 4);
    offset = (LARGE_INTEGER){.LowPart = FILE_USE_FILE_POINTER_POSITION, .HighPart = -1};
    ck_assert_int_eq(read_some(text, 1, &offset), STATUS_SUCCESS);
    ck_assert_int_eq(text[0], 'e');
    offset.LowPart = FILE_WRITE_TO_END_OF_FILE;
    ck_assert_int_eq(write_text("!", &offset), STATUS_SUCCESS);
    ck_assert_holds("C/x", "abXYef!");
    offset.QuadPart = -7;
    ck_assert_int_eq(write_text("!", &offset), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(set_position(-1), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_file_that_is_not_synchronous_has_no_position)
{
    struct how how = {.name = L"\\??\\C:\\x", .disposition = FILE_CREATE};
    LARGE_INTEGER offset = {.QuadPart = 0};
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert_int_eq(write_text("x", NULL), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(write_text("x", &offset), STATUS_SUCCESS);
}
END_TEST

START_TEST(what_a_file_was_not_opened_for_is_denied)
{
    char text[8];
    make_file("C/x", "text");
    struct how how = {.name = L"\\??\\C:\\x",
                      .access = GENERIC_READ | SYNCHRONIZE,
                      .disposition = FILE_OPEN,
                      .options = IN_STEP};
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert_int_eq(write_text("x", NULL), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    how.access = FILE_APPEND_DATA | SYNCHRONIZE;
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert_int_eq(read_some(text, 4, NULL), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(write_text("+", NULL), STATUS_SUCCESS);
    ck_assert_holds("C/x", "text+");
}
END_TEST

START_TEST(there_is_nobody_who_could_be_told_later)
{
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_CREATE), STATUS_SUCCESS);
    ck_assert_int_eq(ZwWriteFile(handle, (HANDLE)&block, NULL, NULL, &block, "x", 1, NULL, NULL),
                     STATUS_NOT_SUPPORTED);
    ck_assert_int_eq(block.Status, STATUS_NOT_SUPPORTED);
}
END_TEST

/* ---- information ---- */

START_TEST(a_file_tells_its_size_and_kind)
{
    FILE_STANDARD_INFORMATION standard;
    FILE_BASIC_INFORMATION basic;
    FILE_NETWORK_OPEN_INFORMATION all;
    LARGE_INTEGER now;
    make_file("C/x", "text");
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_OPEN), STATUS_SUCCESS);
    ck_assert_int_eq(ZwQueryInformationFile(handle, &block, &standard, sizeof(standard),
                                            FileStandardInformation),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(block.Information, sizeof(standard));
    ck_assert_int_eq(standard.EndOfFile.QuadPart, 4);
    ck_assert_uint_eq(standard.NumberOfLinks, 1);
    ck_assert(!standard.Directory && !standard.DeletePending);
    ck_assert_int_eq(
        ZwQueryInformationFile(handle, &block, &basic, sizeof(basic), FileBasicInformation),
        STATUS_SUCCESS);
    ck_assert_uint_eq(basic.FileAttributes, FILE_ATTRIBUTE_NORMAL);
    KeQuerySystemTime(&now);
    ck_assert_int_lt(llabs(now.QuadPart - basic.LastWriteTime.QuadPart), 36000000000LL);
    ck_assert_int_eq(
        ZwQueryInformationFile(handle, &block, &all, sizeof(all), FileNetworkOpenInformation),
        STATUS_SUCCESS);
    ck_assert_int_eq(all.EndOfFile.QuadPart, 4);
    ck_assert_int_eq(all.LastWriteTime.QuadPart, basic.LastWriteTime.QuadPart);
}
END_TEST

START_TEST(a_structure_that_is_too_short_and_a_class_that_is_not_there_are_refused)
{
    union {
        FILE_STANDARD_INFORMATION standard;
        FILE_POSITION_INFORMATION position;
    } information = {0};
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_CREATE), STATUS_SUCCESS);
    ck_assert_int_eq(ZwQueryInformationFile(handle, &block, &information,
                                            sizeof(information.standard) - 1,
                                            FileStandardInformation),
                     STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_int_eq(ZwSetInformationFile(handle, &block, &information,
                                          sizeof(information.position) - 1,
                                          FilePositionInformation),
                     STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_int_eq(ZwQueryInformationFile(handle, &block, &information, sizeof(information),
                                            FileRenameInformation),
                     STATUS_INVALID_INFO_CLASS);
    ck_assert_int_eq(ZwSetInformationFile(handle, &block, &information, sizeof(information),
                                          FileStandardInformation),
                     STATUS_INVALID_INFO_CLASS);
    ck_assert_int_eq(ZwSetInformationFile(NULL, &block, &information, sizeof(information),
                                          FilePositionInformation),
                     STATUS_INVALID_HANDLE);
}
END_TEST

START_TEST(the_end_of_a_file_can_be_set)
{
    FILE_END_OF_FILE_INFORMATION end = {.EndOfFile.QuadPart = 3};
    make_file("C/x", "text");
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_OPEN), STATUS_SUCCESS);
    ck_assert_int_eq(
        ZwSetInformationFile(handle, &block, &end, sizeof(end), FileEndOfFileInformation),
        STATUS_SUCCESS);
    ck_assert_holds("C/x", "tex");
    end.EndOfFile.QuadPart = -1;
    ck_assert_int_eq(
        ZwSetInformationFile(handle, &block, &end, sizeof(end), FileEndOfFileInformation),
        STATUS_INVALID_PARAMETER);
}
END_TEST

/* ---- deletion ---- */

START_TEST(a_file_is_deleted_with_its_last_handle)
{
    FILE_DISPOSITION_INFORMATION disposition = {.DeleteFile = TRUE};
    struct how how = {.name = L"\\??\\C:\\x",
                      .sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                      .disposition = FILE_OPEN_IF};
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert_int_eq(open_in(NULL, how, &other), STATUS_SUCCESS);
    ck_assert_int_eq(ZwSetInformationFile(handle, &block, &disposition, sizeof(disposition),
                                          FileDispositionInformation),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert(is_there("C/x"));
    ck_assert_int_eq(open_how(how), STATUS_DELETE_PENDING);
    ck_assert_int_eq(ZwClose(other), STATUS_SUCCESS);
    ck_assert(!is_there("C/x"));
}
END_TEST

START_TEST(delete_on_close_deletes_what_was_opened_and_nothing_else)
{
    struct how how = {
        .name = L"\\??\\C:\\x", .disposition = FILE_CREATE, .options = FILE_DELETE_ON_CLOSE};
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert_int_eq(unlink(path_of("C/x")), 0);
    make_file("C/x", "of somebody else");
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_holds("C/x", "of somebody else");
    ck_assert_int_eq(unlink(path_of("C/x")), 0);
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert(!is_there("C/x"));
}
END_TEST

/* ---- handles ---- */

START_TEST(a_handle_is_checked)
{
    char text[4];
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_CREATE), STATUS_SUCCESS);
    HANDLE closed = handle;
    ck_assert_int_eq(ZwClose(closed), STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(closed), STATUS_INVALID_HANDLE);
    ck_assert_int_eq(open_named(L"\\??\\C:\\x", FILE_OPEN), STATUS_SUCCESS);
    ck_assert_ptr_ne(handle, closed);
    ck_assert_int_eq(ZwClose(closed), STATUS_INVALID_HANDLE);
    ck_assert_int_eq(ZwClose(NULL), STATUS_INVALID_HANDLE);
    ck_assert_int_eq(ZwClose((PVOID)text), STATUS_INVALID_HANDLE);
    handle = closed;
    ck_assert_int_eq(read_some(text, 4, NULL), STATUS_INVALID_HANDLE);
}
END_TEST

START_TEST(there_are_so_many_handles_and_no_more)
{
    struct how how = {.name = L"\\??\\C:\\x",
                      .access = GENERIC_READ,
                      .sharing = FILE_SHARE_READ,
                      .disposition = FILE_OPEN};
    make_file("C/x", "");
    NTSTATUS status = STATUS_SUCCESS;
    unsigned count = 0;
    while (count < 100000 && NT_SUCCESS(status = open_how(how)))
        count++;
    ck_assert_uint_gt(count, 0);
    ck_assert_int_eq(status, STATUS_TOO_MANY_OPENED_FILES);
    ck_assert_uint_eq(file_close_all(&driver), count);
    ck_assert_int_eq(open_how(how), STATUS_SUCCESS);
}
END_TEST

/* S13.7: a bug check on Windows. */
START_TEST(a_file_is_nothing_for_a_thread_that_must_not_wait)
{
    irql_raise(DISPATCH_LEVEL);
    ZwClose(NULL);
}
END_TEST

#define ROWS(tests, test, count) tcase_add_loop_test(tests, test, 0, count)

static Suite *file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, setup, teardown);
    ROWS(tests, a_name_of_nt_leads_into_the_drivers_folder, 8);
    ROWS(tests, no_name_leads_out_of_the_folder_or_to_what_is_no_file, 26);
    tcase_add_test(tests, a_name_that_is_longer_than_linux_has_is_refused);
    tcase_add_test(tests, letters_count_in_either_case_and_an_exact_name_comes_first);
    tcase_add_test(tests, a_name_is_relative_to_an_open_directory);
    tcase_add_test(tests, without_a_folder_for_files_no_path_is_there);
    ROWS(tests, the_disposition_says_what_is_done_with_what_is_there, 6);
    tcase_add_test(tests, files_and_directories_are_not_taken_for_each_other);
    ROWS(tests, what_makes_no_sense_is_an_invalid_parameter, 6);
    ROWS(tests, what_is_not_shared_cannot_be_opened_a_second_time, 7);
    tcase_add_test(tests, an_overwriting_that_is_refused_cuts_nothing_off);
    tcase_add_test(tests, what_is_written_is_read_again);
    tcase_add_test(tests, an_offset_says_where_and_moves_the_position);
    tcase_add_test(tests, a_file_that_is_not_synchronous_has_no_position);
    tcase_add_test(tests, what_a_file_was_not_opened_for_is_denied);
    tcase_add_test(tests, there_is_nobody_who_could_be_told_later);
    tcase_add_test(tests, a_file_tells_its_size_and_kind);
    tcase_add_test(tests, a_structure_that_is_too_short_and_a_class_that_is_not_there_are_refused);
    tcase_add_test(tests, the_end_of_a_file_can_be_set);
    tcase_add_test(tests, a_file_is_deleted_with_its_last_handle);
    tcase_add_test(tests, delete_on_close_deletes_what_was_opened_and_nothing_else);
    tcase_add_test(tests, a_handle_is_checked);
    tcase_add_test(tests, there_are_so_many_handles_and_no_more);
    suite_add_tcase(suite, tests);
    TCase *ends = unit_ends(tcase_create("ends"));
    tcase_add_checked_fixture(ends, setup, teardown);
    tcase_add_test_raise_signal(ends, a_file_is_nothing_for_a_thread_that_must_not_wait, SIGABRT);
    suite_add_tcase(suite, ends);
    return suite;
}

int main(void)
{
    return unit_run(file_suite());
}
