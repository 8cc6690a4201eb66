/* SPDX-License-Identifier: GPL-2.0-only */
/* The pool that a CPU left when it was lent, and goes back to. */
#include "lend/lend.h"
#include "private/private.h"

/* A CPU's pool before it was lent, plus one; 0: it was not. */
static unsigned int homes[NR_CPUS];
#define FREE (~0u)

unsigned int interrex_home_of(unsigned int cpu)
{
    unsigned int home = read_atomic(&homes[cpu]);

    switch ( home )
    {
    case 0:
        return INTERREX_HOME_ANY;
    case FREE:
        return INTERREX_HOME_FREE;
    }

    return home - 1;
}

void interrex_home_remember(unsigned int cpu, unsigned int home)
{
    write_atomic(&homes[cpu], home == INTERREX_HOME_FREE ? FREE : home + 1);
}

void interrex_homes_forget(void)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < ARRAY_SIZE(homes); cpu++ )
        write_atomic(&homes[cpu], 0);
}

bool interrex_cpupool_home(unsigned int cpu, int *rc)
{
    unsigned int id = interrex_home_of(cpu);

    if ( id == INTERREX_HOME_ANY )
        return false;
    if ( id == INTERREX_HOME_FREE )
        return true;

    return interrex_pool_assign_locked(cpu, id, rc);
}
