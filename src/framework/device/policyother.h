/* The policy machine of a device that does not own its stack's policy: it follows the owner, or the
 * system, and docs/states.md shows it. */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POLICYOTHER_H
#define WDFUSE_FRAMEWORK_DEVICE_POLICYOTHER_H

struct machine_table;

extern const struct machine_table policy_other_table;

#endif
