/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of each field of the tables and records in R if another value than its
 * writer's is found there: the list that test_fields.c holds against the schema.
 */
#ifndef INTERREX_TESTS_HELP_FIELD_RULES_H
#define INTERREX_TESTS_HELP_FIELD_RULES_H

#include <stdint.h>

#define RULE_VALUES 4

struct field_rule {
    const char *path;  /* "vcpu.time.shift", "late:domain.domid"; "[n]": of one element only */
    const char *what;  /* the error names this; NULL: every value is legal */
    const char *why;   /* then: why */
    uint32_t instance; /* which of the structures in the test's region: test_fields.c */
    uint32_t untried;  /* legal or not is not a matter of one field: `why` says where it is tried */
    uint32_t nr;
    uint64_t values[RULE_VALUES]; /* each of them wrong */
};

/* Ends with path = NULL. */
extern const struct field_rule field_rules[];

#endif
