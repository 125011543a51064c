/* What an INF does for a device: sections, services, filters, .Wdf, and its errors (S20.17 to
 * S20.19, S20.28 to S20.47, S20.50, S20.51). */
#include "failing_heap.h"
#include "infs.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>

static struct inf_package *package;

static const struct inf_install *read_install(const char *text)
{
    package = infs_package(text);
    ck_assert_uint_gt(package->models.count, 0);
    return package->installs[0];
}

/* This is the only complaint about that INF, and it is about that line. */
static void expect_only(const char *text, const char *complaints)
{
    read_install(text);
    infs_expect(package->inf, complaints);
}

/* ---- sections ---- */

#define MODELS                                                                                     \
    "[Version]\nSignature = $Chicago$\nClassGuid = {1}\n[Manufacturer]\nM = M, NTamd64\n"          \
    "[M.NTamd64]\nToaster = T, root\\toaster\n"

/* S20.17 */
START_TEST(the_install_section_is_of_this_architecture_or_nt_or_plain)
{
    ck_assert_str_eq(read_install(MODELS "[T]\n[T.NT]\n[T.NTamd64]\n[T.NTarm64]\n")->section,
                     "T.NTamd64");
    ck_assert_str_eq(read_install(MODELS "[T]\n[T.nt]\n[T.NTarm64]\n")->section, "T.nt");
    ck_assert_str_eq(read_install(MODELS "[T]\n[T.NTarm64]\n")->section, "T");
    ck_assert_ptr_null(read_install(MODELS "[T.NTarm64]\n")->section);
    infs_expect_one(package->inf, "7:11: error: there is no install section [T.NT]");
}
END_TEST

/* S20.18 */
START_TEST(parts_of_another_decoration_are_not_used_and_warned_of)
{
    read_install(MODELS "[T.NT]\n[T.Services]\nAddService = ,2\n");
    ck_assert(!package->installs[0]->services.is_null);
    infs_expect_one(package->inf, "9:1: warning: [T.Services] is not used: the install section is "
                                  "[T.NT], so that it would be [T.NT.Services]");
    read_install(MODELS "[T.NTamd64]\n[T.NTarm64]\n[T.NT.Wdf]\n[T.NTarm64.HW]\n"
                        "[T.NTamd64.Services]\nAddService = ,2\n");
    infs_expect(package->inf, "10:1: warning: [T.NT.Wdf] is not used: the install section is "
                              "[T.NTamd64], so that it would be [T.NTamd64.Wdf]\n"
                              "13:1: note: the device has no function driver\n");
}
END_TEST

/* S20.19 */
START_TEST(needed_sections_stand_where_they_are_needed)
{
    const struct inf_install *install = read_install(
        MODELS "[T.NT]\nInclude = other.inf\nNeeds = Common, Ks.Registration\nAddReg = one\n"
               "[Common]\nAddReg = two\nNeeds = Never\n[Never]\nAddReg = gone\n"
               "[one]\nHKR,,one\n[two]\nHKR,,two\n[T.NT.Services]\nAddService = ,2\n");
    ck_assert_str_eq(install->registry.first->name, "one");
    ck_assert_str_eq(install->registry.first->next->name, "two");
    ck_assert_ptr_null(install->registry.first->next->next);
    infs_expect_one(package->inf, "10:17: note: there is no [Ks.Registration] on Linux: what it "
                                  "would bring is left out");
}
END_TEST

/* ---- services ---- */

/* S20.30, S20.31, S20.32 */
START_TEST(a_service_names_the_module)
{
    const struct inf_install *install =
        read_install(INFS_START "[Toaster.NT.Services]\n"
                                "AddService = other,, o\n"
                                "AddService = Toaster, %ASSOCIATED%, t, eventlog\n"
                                "[o]\nServiceType=1\nStartType=3\nErrorControl=1\n"
                                "ServiceBinary=%12%\\UMDF\\Other.dll\n"
                                "[t]\nServiceType=1\nStartType=3\nErrorControl=1\n"
                                "DisplayName = \"The Toaster\"\nServiceBinary=%13%\\heat.SYS\n"
                                "[eventlog]\n[Strings]\nASSOCIATED = 0x00000002\n");
    infs_expect(package->inf, "");
    ck_assert_str_eq(install->services.function->name, "Toaster");
    ck_assert_str_eq(install->services.function->display, "The Toaster");
    ck_assert_str_eq(install->services.function->module, "heat.so");
    ck_assert_str_eq(inf_services_find(&install->services, "OTHER")->module, "Other.so");
    infs_expect_stack(package, "heat.so");
}
END_TEST

/* S20.30 */
START_TEST(a_null_service_is_a_device_without_a_function_driver)
{
    const struct inf_install *install =
        read_install(INFS_START "[Toaster.NT.Services]\nAddService = , 0x2,\n");
    ck_assert(install->services.is_null);
    infs_expect_stack(package, "");
    infs_expect(package->inf, "11:1: note: the device has no function driver\n");
}
END_TEST

/* S20.30, S20.50 */
START_TEST(a_device_has_one_function_driver)
{
    expect_only(
        INFS_START "[Toaster.NT.Services]\n",
        "10:1: error: [Toaster.NT.Services] has no service with flag 2, a function driver\n");
    expect_only(INFS_START, "8:11: error: there is no section [Toaster.NT.Services], which would "
                            "name the function driver\n");
    expect_only(INFS_START INFS_SERVICE "[Toaster.NT.Services]\n"
                                        "AddService = second, 0x102, toaster_service\n",
                "18:22: error: there are two services with flag 2: a device has one function "
                "driver\n");
    expect_only(INFS_START "[Toaster.NT.Services]\nAddService = toaster, two, s\n[s]\n"
                           "ServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=a.sys\n",
                "10:1: error: [Toaster.NT.Services] has no service with flag 2, a function driver\n"
                "11:23: warning: the flags two are no number\n");
}
END_TEST

/* S20.31, S20.50 */
START_TEST(a_service_without_its_section_or_what_it_wants_is_an_error)
{
    expect_only(INFS_START "[Toaster.NT.Services]\nAddService = toaster, 2, nowhere\n",
                "11:26: error: there is no section [nowhere] for the service toaster\n");
    expect_only(INFS_START
                "[Toaster.NT.Services]\nAddService = toaster, 2, s\n[s]\nErrorControl=1\n",
                "12:1: warning: the service's section [s] has no ServiceType\n"
                "12:1: warning: the service's section [s] has no StartType\n"
                "12:1: error: the service's section [s] has no ServiceBinary\n");
}
END_TEST

/* S20.31 */
START_TEST(a_disabled_service_is_not_loaded)
{
    read_install(INFS_START "[Toaster.NT.Services]\nAddService = toaster, 2, s\n[s]\n"
                            "ServiceType=1\nStartType=4\nErrorControl=1\nServiceBinary=a.sys\n");
    infs_expect_stack(package, "");
    infs_expect(
        package->inf,
        "11:14: warning: the service toaster is disabled (StartType 4): it is not loaded\n");
}
END_TEST

/* S20.32, S20.52: nothing leads out of the package's folder. */
START_TEST(a_binary_outside_of_its_package_is_refused)
{
    static const char *const bad[] = {
        "%13%\\..\\..\\etc\\a.sys", "../a.sys", "a\\..", "%13%", "%13%\\.sys", "%13%\\.hidden.sys"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[2048], complaint[200];
        snprintf(text, sizeof(text), "%s%s%s\n",
                 INFS_START "[Toaster.NT.Services]\nAddService = toaster, 2, s\n[s]\n"
                            "ServiceType=1\nStartType=3\nErrorControl=1\n",
                 "ServiceBinary=", bad[i]);
        snprintf(complaint, sizeof(complaint), "16:15: error: %s %s\n", bad[i],
                 i < 3 ? "leaves the folder of the package" : "names no file");
        expect_only(text, complaint);
        infs_expect_stack(package, "");
    }
    read_install(INFS_START "[Toaster.NT.Services]\nAddService = toaster, 2, s\n[s]\n"
                            "ServiceType=1\nStartType=3\nErrorControl=1\n"
                            "ServiceBinary=%13%\\a..b\\toaster.so\n");
    infs_expect_stack(package, "toaster.so");
}
END_TEST

/* S20.33, S20.43, S20.47 */
START_TEST(what_is_for_the_system_alone_does_nothing)
{
    read_install(INFS_START "CopyFiles = Files, @single.sys\n" INFS_SERVICE
                            "[Toaster.NT.Services]\nDelService = old\n"
                            "[Files]\ntoaster.sys\n[DestinationDirs]\nDefaultDestDir = 13\n"
                            "[SourceDisksFiles]\ntoaster.sys = 1\n"
                            "[Toaster.NT.CoInstallers]\nAddReg = nothing\n");
    infs_expect_stack(package, "toaster.so");
    infs_expect(package->inf, "26:1: note: Linux has nothing for sections .CoInstallers: they are "
                              "left out\n");
    ck_assert_ptr_null(package->installs[0]->registry.first);
}
END_TEST

/* ---- filters ---- */

#define HW "[Toaster.NT.HW]\nAddReg = hw\n[hw]\n"

/* S20.28, S20.34 */
START_TEST(filters_stand_around_the_function_driver_in_order)
{
    read_install(INFS_START INFS_SERVICE HW "HKR,,UpperFilters,0x10008,u1,u2\n"
                                            "HKR,,LowerFilters,0x10008,l1,l2\n"
                                            "HKR,,UpperFilters,0x10008,U1,u3\n"
                                            "[ClassInstall32]\nAddReg = class\n[class]\n"
                                            "HKR,,UpperFilters,0x10008,c1\n"
                                            "HKR,,LowerFilters,0x10008,c2\n");
    infs_expect_stack(package, "l1.so l2.so c2.so toaster.so u1.so u2.so u3.so c1.so");
    infs_expect(package->inf, "");
}
END_TEST

/* S20.29, S20.51 */
START_TEST(filters_without_append_replace_those_before)
{
    read_install(INFS_START INFS_SERVICE HW "HKR,,UpperFilters,0x10008,one\n"
                                            "HKR,,UpperFilters,0x10000,two\n");
    infs_expect_stack(package, "toaster.so two.so");
    infs_expect(package->inf, "21:1: warning: UpperFilters without the flag APPEND (0x00010008) "
                              "replaces the filters that are there\n");
    read_install(INFS_START INFS_SERVICE HW "HKR,,LowerFilters,0x10000,one\n");
    infs_expect_stack(package, "one.so toaster.so");
    infs_expect(package->inf, "20:1: note: LowerFilters without the flag APPEND (0x00010008) "
                              "replaces the filters that are there\n");
}
END_TEST

/* S20.51 */
START_TEST(filters_of_another_type_are_warned_of)
{
    read_install(INFS_START INFS_SERVICE HW "HKR,,UpperFilters,,one\n"
                                            "HKR,,LowerFilters,0x10001,1\n");
    infs_expect_stack(package, "toaster.so one.so");
    infs_expect_one(package->inf, "20:1: warning: UpperFilters is a REG_MULTI_SZ: flags "
                                  "0x00010008; it is taken for one filter");
    infs_expect_one(package->inf,
                    "21:1: warning: LowerFilters is a REG_MULTI_SZ: flags 0x00010008");
}
END_TEST

/* S20.32, S20.29: a filter from another INF has the file of its name, and no other. */
START_TEST(a_filter_leads_to_no_other_folder)
{
    read_install(INFS_START INFS_SERVICE HW "HKR,,UpperFilters,0x10008,..\\..\\evil,other,a/../b\n"
                                            "HKR,,LowerFilters,,\n");
    infs_expect_stack(package, "toaster.so other.so");
    infs_expect_one(package->inf, "8:1: error: ..\\..\\evil leaves the folder of the package");
    infs_expect_one(package->inf, "8:1: error: a/../b leaves the folder of the package");
}
END_TEST

/* S20.35 */
START_TEST(declared_filters_come_behind_those_of_the_values)
{
    read_install(INFS_START INFS_SERVICE HW
                 "HKR,,UpperFilters,0x10008,value\n"
                 "[Toaster.NT.Filters]\nAddFilter = up,, up\nAddFilter = down, 0, down\n"
                 "[up]\nFilterPosition = upper\n[down]\nFilterPosition = Lower\n");
    infs_expect_stack(package, "down.so toaster.so value.so up.so");
    infs_expect(package->inf, "");
}
END_TEST

/* S20.35 */
START_TEST(levels_sort_the_filters)
{
    read_install(INFS_START INFS_SERVICE HW
                 "HKR,,UpperFilterLevels,0x10000,First,Middle,Last\n"
                 "HKR,,UpperFilterDefaultLevel,,Middle\n"
                 "HKR,,UpperFilters,0x10008,value\n"
                 "[Toaster.NT.Filters]\nAddFilter = last,, last\nAddFilter = first,, first\n"
                 "AddFilter = position,, position\nAddFilter = other,, other\n"
                 "[last]\nFilterLevel = last\n[first]\nFilterLevel = First\n"
                 "[position]\nFilterPosition = Upper\n[other]\nFilterLevel = Nowhere\n");
    infs_expect_stack(package, "toaster.so first.so value.so position.so last.so");
    infs_expect(
        package->inf,
        "27:13: note: this INF has no filter level Nowhere: the filter other is left out\n");
}
END_TEST

/* S20.35, S20.50 */
START_TEST(a_filter_without_its_section_or_place_is_an_error)
{
    expect_only(INFS_START INFS_SERVICE "[Toaster.NT.Filters]\nAddFilter = a,, nowhere\n"
                                        "AddFilter = b,, b\nAddFilter = c,, c\nAddFilter = d,, d\n"
                                        "[b]\n[c]\nFilterLevel = x\nFilterPosition = Upper\n"
                                        "[d]\nFilterPosition = Middle\n",
                "18:17: error: there is no section [nowhere] for the filter a\n"
                "22:1: error: [b] says either FilterLevel or FilterPosition\n"
                "23:1: error: [c] says either FilterLevel or FilterPosition\n"
                "27:18: error: Middle is no FilterPosition: Upper or Lower is\n");
}
END_TEST

/* ---- .Wdf ---- */

#define WDF INFS_START INFS_SERVICE "[Toaster.NT.Wdf]\n"
#define UMDF                                                                                       \
    INFS_START "[Toaster.NT.Services]\nInclude = wudfrd.inf\nNeeds = WUDFRD.NT.Services\n"         \
               "[one]\nUmdfLibraryVersion = 2.33.0\nServiceBinary = %13%\\one.dll\n"               \
               "[Toaster.NT.Wdf]\n"

/* S20.36 */
START_TEST(a_kmdf_driver_says_its_version)
{
    expect_only(WDF "KmdfService = toaster, k\n[k]\nKmdfLibraryVersion = 1.33\n", "");
    ck_assert_str_eq(package->installs[0]->wdf.first->version, "1.33");
    expect_only(WDF "KmdfService = toaster, k\n[k]\nKmdfLibraryVersion = 1.9\n", "");
    expect_only(WDF "KmdfService = toaster, k\n[k]\nKmdfLibraryVersion = 1.34\n",
                "20:22: error: the driver wants KMDF 1.34; this one is 1.33\n");
    expect_only(WDF "KmdfService = toaster, k\n[k]\nKmdfLibraryVersion = new\n",
                "20:22: error: new is no version of KMDF: 1.33 is one\n");
    expect_only(WDF "KmdfService = toaster, k\n[k]\n",
                "19:1: error: [k] has no KmdfLibraryVersion\n");
    expect_only(WDF "KmdfService = toaster, k\n",
                "18:24: error: there is no section [k] for toaster\n");
    expect_only(INFS_START INFS_SERVICE, ""); /* the version is in the binary, too */
}
END_TEST

/* S20.50 */
START_TEST(a_kmdf_service_is_one_of_the_device)
{
    expect_only(
        WDF "KmdfService = heater, k\n[k]\nKmdfLibraryVersion = 1.33\n",
        "18:15: error: KmdfService names heater, which no AddService of this device adds\n");
}
END_TEST

/* S20.37, S20.41, S20.19 */
START_TEST(umdf_drivers_take_the_place_of_the_reflector)
{
    expect_only(UMDF "UmdfService = one, one\nUmdfService = two, two\nUmdfServiceOrder = two, one\n"
                     "[two]\nUmdfLibraryVersion = 2.15.0\nServiceBinary = %13%\\two.dll\n",
                "");
    infs_expect_stack(package, "two.so one.so");
    ck_assert(package->installs[0]->stack[0].is_umdf);
    ck_assert_int_eq(package->installs[0]->stack[0].role, INF_FUNCTION);
    expect_only(INFS_START
                "[Toaster.NT.Services]\nAddService = WUDFRd, 0x1fa, r\n"
                "[r]\nServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%12%\\WUDFRd.sys\n"
                "[Toaster.NT.Wdf]\nUmdfService = one, one\nUmdfServiceOrder = one\n"
                "[one]\nUmdfLibraryVersion = 2.15.0\nServiceBinary = %13%\\one.dll\n",
                "");
    infs_expect_stack(package, "one.so");
}
END_TEST

/* S20.41 */
START_TEST(umdf_drivers_may_be_a_filter)
{
    static const char wdf[] = "[Toaster.NT.Wdf]\nUmdfService = one, one\nUmdfServiceOrder = one\n"
                              "[one]\nUmdfLibraryVersion = 2.15.0\nServiceBinary = one.dll\n";
    char text[4096];
    snprintf(text, sizeof(text), "%s%s",
             INFS_START INFS_SERVICE HW "HKR,,UpperFilters,0x10008,WUDFRd\n", wdf);
    expect_only(text, "");
    infs_expect_stack(package, "toaster.so one.so");
    ck_assert_int_eq(package->installs[0]->stack[1].role, INF_UPPER_FILTER);
    snprintf(text, sizeof(text), "%s%s",
             INFS_START INFS_SERVICE
             "[Toaster.NT.Filters]\nNeeds = WUDFRD_LowerFilter.NT.Filters\n",
             wdf);
    read_install(text);
    infs_expect_stack(package, "one.so toaster.so");
    /* S20.38: its client above is in the kernel. */
    infs_expect(package->inf, "8:1: warning: toaster stands above a UMDF driver, which wants "
                              "UmdfKernelModeClientPolicy = AllowKernelModeClients\n");
    snprintf(text, sizeof(text), "%s%s", INFS_START INFS_SERVICE, wdf);
    expect_only(text, "18:15: error: nothing loads the UMDF driver one: the section .Services adds "
                      "WUDFRd, or needs WUDFRD.NT.Services\n");
}
END_TEST

/* S20.37, S20.50 */
START_TEST(umdf_drivers_have_one_order)
{
    expect_only(UMDF "UmdfService = one, one\n",
                "16:1: error: [Toaster.NT.Wdf] has no UmdfServiceOrder: it is needed for one UMDF "
                "driver, too\n");
    expect_only(UMDF "UmdfService = one, one\nUmdfServiceOrder = one\nUmdfServiceOrder = one\n",
                "19:1: error: there are two UmdfServiceOrder\n");
    expect_only(UMDF "UmdfService = one, one\nUmdfServiceOrder = one, three, One\n",
                "18:25: error: UmdfServiceOrder names three, which is no UmdfService\n"
                "18:32: error: UmdfServiceOrder names One twice\n");
    expect_only(UMDF "UmdfService = one, one\nNeeds = order\n[order]\nUmdfServiceOrder = one\n",
                "16:1: error: [Toaster.NT.Wdf] has no UmdfServiceOrder: it is needed for one UMDF "
                "driver, too\n"
                "20:1: error: UmdfServiceOrder stands in the section .Wdf itself, not in one that "
                "it needs\n");
    expect_only(UMDF "UmdfService = one, one\nUmdfExtensions = Sensors\n",
                "18:1: note: there are no UmdfExtensions on Linux: they are left out\n");
}
END_TEST

/* S20.37, S20.50 */
START_TEST(a_umdf_service_has_a_name_a_version_and_a_binary)
{
    expect_only(UMDF "UmdfService = a_name_of_exactly_32_characters_, one\n"
                     "UmdfServiceOrder = a_name_of_exactly_32_characters_\n",
                "17:15: error: the name of a UMDF service has at most 31 characters\n");
    expect_only(UMDF "UmdfService = one, u\nUmdfServiceOrder = one\n[u]\n",
                "19:1: error: [u] has no UmdfLibraryVersion\n"
                "19:1: error: [u] has no ServiceBinary\n");
    expect_only(UMDF "UmdfService = one, u\nUmdfServiceOrder = one\n[u]\n"
                     "UmdfLibraryVersion = 1.11.0\nServiceBinary = one.dll\n",
                "20:22: error: the driver wants UMDF 1, which is another framework than UMDF 2\n");
    expect_only(UMDF "UmdfService = one, u\nUmdfServiceOrder = one\n[u]\n"
                     "UmdfLibraryVersion = 2.99.0\nServiceBinary = one.dll\n",
                "20:22: error: the driver wants UMDF 2.99.0; this one is 2.33\n");
}
END_TEST

/* S20.38, S20.39 */
START_TEST(umdf_directives_have_defaults_and_values)
{
    static const struct {
        enum inf_umdf_directive directive;
        const char *name, *fallback, *values[5];
    } directives[] = {
        {INF_UMDF_METHOD_NEITHER_ACTION, "UmdfMethodNeitherAction", "Reject", {"Copy", "Reject"}},
        {INF_UMDF_FILE_OBJECT_POLICY,
         "UmdfFileObjectPolicy",
         "RejectNullAndUnknownFileObjects",
         {"AllowNullAndUnknownFileObjects", "RejectNullAndUnknownFileObjects"}},
        {INF_UMDF_FS_CONTEXT_USE_POLICY,
         "UmdfFsContextUsePolicy",
         "CanUseFsContext",
         {"CanUseFsContext", "CanUseFsContext2", "CannotUseFsContexts"}},
        {INF_UMDF_KERNEL_MODE_CLIENT_POLICY,
         "UmdfKernelModeClientPolicy",
         "RejectKernelModeClients",
         {"AllowKernelModeClients", "RejectKernelModeClients"}},
        {INF_UMDF_DIRECT_HARDWARE_ACCESS,
         "UmdfDirectHardwareAccess",
         "RejectDirectHardwareAccess",
         {"AllowDirectHardwareAccess", "RejectDirectHardwareAccess",
          "AllowDirectHardwareAccessAndDma"}},
        {INF_UMDF_REGISTER_ACCESS_MODE,
         "UmdfRegisterAccessMode",
         "RegisterAccessUsingSystemCall",
         {"RegisterAccessUsingSystemCall", "RegisterAccessUsingUserModeMapping"}},
        {INF_UMDF_HOST_PROCESS_SHARING,
         "UmdfHostProcessSharing",
         "ProcessSharingEnabled",
         {"ProcessSharingEnabled", "ProcessSharingDisabled"}},
        {INF_UMDF_DISPATCHER, "UmdfDispatcher", "Reflector", {"FileHandle", "WinUsb", "nativeusb"}},
        {INF_UMDF_IMPERSONATION_LEVEL,
         "UmdfImpersonationLevel",
         "Identification",
         {"Anonymous", "Identification", "Impersonation", "Delegation"}},
        {INF_UMDF_HOST_PRIORITY, "UmdfHostPriority", "PriorityNormal", {"PriorityHigh"}},
    };
    ck_assert_uint_eq(sizeof(directives) / sizeof(directives[0]), INF_UMDF_DIRECTIVES);
    for (size_t i = 0; i < INF_UMDF_DIRECTIVES; i++) {
        enum inf_umdf_directive directive = directives[i].directive;
        const struct inf_wdf *wdf = &read_install(WDF)->wdf;
        ck_assert_str_eq(inf_umdf_value_name(directive, wdf->umdf[directive]),
                         directives[i].fallback);
        ck_assert(!wdf->is_given[directive]);
        for (size_t j = 0; directives[i].values[j] != NULL; j++) {
            char text[2048];
            snprintf(text, sizeof(text), "%s%s = %s\n", WDF, directives[i].name,
                     directives[i].values[j]);
            wdf = &read_install(text)->wdf;
            infs_expect(package->inf, "");
            ck_assert(wdf->is_given[directive]);
            ck_assert_int_eq(strcasecmp(inf_umdf_value_name(directive, wdf->umdf[directive]),
                                        directives[i].values[j]),
                             0);
        }
    }
}
END_TEST

/* S20.40 */
START_TEST(unknown_directives_are_warned_of_and_bad_values_errors)
{
    expect_only(WDF "UmdfMethodNeitherAction = Perhaps\nUmdfSomething = x\n"
                    "KmdfService = toaster, k\n[k]\nKmdfLibraryVersion = 1.33\nOther = 1\n",
                "18:27: error: Perhaps is no value of UmdfMethodNeitherAction: Copy, Reject\n"
                "19:1: warning: a section .Wdf knows no UmdfSomething: it is left out\n"
                "23:1: warning: [k] knows no Other: it is left out\n");
}
END_TEST

/* ---- the whole ---- */

/* S20.46 */
START_TEST(interfaces_are_named)
{
    const struct inf_install *install =
        read_install(INFS_START INFS_SERVICE "[Toaster.NT.Interfaces]\nAddInterface = {1}\n"
                                             "AddInterface = {2}, ref, nowhere, 0\n");
    ck_assert_str_eq(install->interfaces->guid, "{1}");
    ck_assert_str_eq(install->interfaces->next->reference, "ref");
    infs_expect(package->inf, "19:26: error: there is no section [nowhere] for the interface\n");
}
END_TEST

/* S20.50 */
START_TEST(a_missing_section_of_registry_lines_is_an_error)
{
    expect_only(INFS_START "AddReg = here, nowhere\n[here]\n" INFS_SERVICE,
                "10:16: error: there is no section [nowhere]\n");
}
END_TEST

/* S20.51 */
START_TEST(sections_that_nothing_names_are_warned_of)
{
    expect_only(INFS_START INFS_SERVICE "[Toaster_Service.Extra]\n[Tester]\n[Strings.0407]\n"
                                        "[DefaultInstall.NT]\n[Models.NTarm64]\n",
                "18:1: warning: nothing names the section [Tester]\n");
}
END_TEST

/* S20.50: S20.53 counts such files. */
START_TEST(a_file_for_no_device_is_said_to_be)
{
    package = infs_package("[Version]\nSignature=$Chicago$\n[DefaultInstall]\nAddReg = x\n[x]\n");
    infs_expect(package->inf,
                "0:0: error: there is no section [Manufacturer]: it installs no device\n");
}
END_TEST

/* S20.46: each allocation fails once, one after another. */
START_TEST(without_memory_nothing_is_installed)
{
    static const char text[] = INFS_START INFS_SERVICE HW
        "HKR,,UpperFilters,0x10008,value\nHKR,a,b,1,1,2\n"
        "[Toaster.NT.Filters]\nAddFilter = up,, up\n[up]\nFilterPosition = upper\n"
        "[Toaster.NT.Wdf]\nUmdfService = one, one\nUmdfServiceOrder = one\n[unused]\n"
        "[one]\nUmdfLibraryVersion = 2.15.0\nServiceBinary = one.dll\n";
    infs_end();
    for (unsigned n = 1;; n++) {
        struct inf *inf;
        struct inf_package whole;
        heap_fail(n, false);
        int error = inf_read("a.inf", text, sizeof(text) - 1, &infs_system, &inf);
        if (error == 0)
            error = inf_package_read(inf, &whole);
        inf_close(inf);
        bool has_failed = heap_heal();
        ck_assert_int_eq(error, has_failed ? -ENOMEM : 0);
        ck_assert_int_eq(heap_leaks(), 0);
        if (!has_failed) {
            ck_assert_uint_gt(n, 100);
            return;
        }
    }
}
END_TEST

static void end(void)
{
    infs_end();
}

static Suite *install_suite(void)
{
    Suite *suite = suite_create("infinstall");
    TCase *tests = tcase_create("infinstall");
    tcase_add_checked_fixture(tests, NULL, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_install_section_is_of_this_architecture_or_nt_or_plain);
    tcase_add_test(tests, parts_of_another_decoration_are_not_used_and_warned_of);
    tcase_add_test(tests, needed_sections_stand_where_they_are_needed);
    tcase_add_test(tests, a_service_names_the_module);
    tcase_add_test(tests, a_null_service_is_a_device_without_a_function_driver);
    tcase_add_test(tests, a_device_has_one_function_driver);
    tcase_add_test(tests, a_service_without_its_section_or_what_it_wants_is_an_error);
    tcase_add_test(tests, a_disabled_service_is_not_loaded);
    tcase_add_test(tests, a_binary_outside_of_its_package_is_refused);
    tcase_add_test(tests, what_is_for_the_system_alone_does_nothing);
    tcase_add_test(tests, filters_stand_around_the_function_driver_in_order);
    tcase_add_test(tests, filters_without_append_replace_those_before);
    tcase_add_test(tests, filters_of_another_type_are_warned_of);
    tcase_add_test(tests, a_filter_leads_to_no_other_folder);
    tcase_add_test(tests, declared_filters_come_behind_those_of_the_values);
    tcase_add_test(tests, levels_sort_the_filters);
    tcase_add_test(tests, a_filter_without_its_section_or_place_is_an_error);
    tcase_add_test(tests, a_kmdf_driver_says_its_version);
    tcase_add_test(tests, a_kmdf_service_is_one_of_the_device);
    tcase_add_test(tests, umdf_drivers_take_the_place_of_the_reflector);
    tcase_add_test(tests, umdf_drivers_may_be_a_filter);
    tcase_add_test(tests, umdf_drivers_have_one_order);
    tcase_add_test(tests, a_umdf_service_has_a_name_a_version_and_a_binary);
    tcase_add_test(tests, umdf_directives_have_defaults_and_values);
    tcase_add_test(tests, unknown_directives_are_warned_of_and_bad_values_errors);
    tcase_add_test(tests, interfaces_are_named);
    tcase_add_test(tests, a_missing_section_of_registry_lines_is_an_error);
    tcase_add_test(tests, sections_that_nothing_names_are_warned_of);
    tcase_add_test(tests, a_file_for_no_device_is_said_to_be);
    tcase_add_test(tests, without_memory_nothing_is_installed);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(install_suite());
}
