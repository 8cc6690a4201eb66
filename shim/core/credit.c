/* SPDX-License-Identifier: GPL-2.0-only */
#include "credit.h"

#define ROUND_US    10000u /* CSCHED2_CREDIT_INIT: what everybody gets in a round */
#define KEEP_US     500u   /* CSCHED2_CARRYOVER_MAX: what one may keep beyond that */
#define LOCAL_US    5000u  /* so far below zero a CPU no longer waits for the others */
#define PERIOD_US   10000u /* CSCHED2_BDGT_REPL_PERIOD, credit2_cap_period_ms */
#define PIECE_US    500u   /* CSCHED2_MIN_TIMER: the least that is taken of a cap at a time */
#define WEIGHT      256u   /* CSCHED2_DEFAULT_WEIGHT */
#define ROUNDS_MAX  3u     /* from the lowest credit to the highest */
#define LONG_TICKS  (1ull << 40)
#define PERIODS_MAX (1ull << 20)

tsc_t credit_us(uint32_t us)
{
    return shim.tsc_khz * us / 1000;
}

static int64_t round_credit(void)
{
    return (int64_t)credit_us(ROUND_US);
}

/* ---- weights ---- */

void credit_take(struct dom *d)
{
    bool told = shim_has(IRX_VERSION(1, 1));
    uint32_t cap = told ? d->rec->sched_cap : 0;

    d->weight = told && d->rec->sched_weight ? d->rec->sched_weight : WEIGHT;
    d->cap_ticks = (int64_t)(credit_us(PERIOD_US) * cap / 100);
    d->cap_left = d->cap_ticks;
    d->cap_refill = hw_tsc() + credit_us(PERIOD_US);
}

/* csched2_dom_cntl() and update_max_weight(): a tick costs 1 of credit at the highest weight. */
void credit_weights(void)
{
    uint32_t highest = 1;

    for (uint32_t i = 0; i < shim.domain_count; i++)
        if (shim.doms[i].phase == DOM_LIVE || shim.doms[i].phase == DOM_FREEZING)
            highest = MAX(highest, shim.doms[i].weight);
    __atomic_store_n(&shim.highest_weight, highest, __ATOMIC_RELAXED);
}

static uint64_t highest_weight(void)
{
    return MAX(__atomic_load_n(&shim.highest_weight, __ATOMIC_RELAXED), 1u);
}

/* ---- credit ---- */

void credit_load(struct vcpu *v)
{
    v->credit = round_credit();
    v->round = __atomic_load_n(&shim.round, __ATOMIC_RELAXED);
}

/* reset_credit() */
static void add_rounds(struct vcpu *v, uint64_t n)
{
    int64_t most = round_credit() + (int64_t)credit_us(KEEP_US);

    v->credit = MIN(v->credit + (int64_t)MIN(n, ROUNDS_MAX) * round_credit(), most);
}

int64_t credit_of(struct vcpu *v)
{
    uint64_t now = __atomic_load_n(&shim.round, __ATOMIC_RELAXED);

    if (now != v->round) {
        add_rounds(v, now - v->round);
        v->round = now;
    }
    return v->credit;
}

/* t2c_update() */
void credit_charge(struct vcpu *v, tsc_t ticks)
{
    uint64_t highest = highest_weight(), used = MIN(ticks, LONG_TICKS);

    if (highest != v->d->weight) /* a division less in each turn of most hosts */
        used = used * highest / v->d->weight;
    v->credit = MAX(credit_of(v) - (int64_t)used, -round_credit());
    if (v->d->cap_ticks)
        __atomic_fetch_sub(&v->d->cap_left, (int64_t)MIN(ticks, LONG_TICKS), __ATOMIC_RELAXED);
}

/* c2t() */
tsc_t credit_lasts(const struct vcpu *v, int64_t credit)
{
    uint64_t highest = highest_weight();

    if (credit <= 0)
        return 0;
    return highest == v->d->weight ? (uint64_t)credit : (uint64_t)credit * v->d->weight / highest;
}

/* Somebody with credit left waits on another CPU. */
static bool others_have_some(const struct pcpu *pc)
{
    if (__atomic_load_n(&shim.waiting, __ATOMIC_RELAXED) == pc->waiting)
        return false;
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        const struct pcpu *other = shim.pcpu[i];

        if (other && other != pc && __atomic_load_n(&other->top, __ATOMIC_RELAXED) > 0)
            return true;
    }
    return false;
}

void credit_round(struct pcpu *pc, struct vcpu *next, int64_t top)
{
    uint64_t round = __atomic_load_n(&shim.round, __ATOMIC_RELAXED);
    uint64_t n = credit_of(next) <= -round_credit() ? 2 : 1;

    if (MAX(credit_of(next), top) > 0)
        return;
    if (!others_have_some(pc)) {
        /* One CPU begins it, whoever is the first. */
        __atomic_compare_exchange_n(&shim.round, &round, round + n, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
        return;
    }
    if (MAX(credit_of(next), top) > -(int64_t)credit_us(LOCAL_US))
        return;
    for (struct vcpu *v = pc->list; v; v = v->next) {
        credit_of(v);
        add_rounds(v, n);
    }
}

/* ---- caps ---- */

/* replenish_domain_budget(): what is overdrawn is paid back, what is left over is lost. */
static void refill(struct dom *d, tsc_t now)
{
    tsc_t due = __atomic_load_n(&d->cap_refill, __ATOMIC_ACQUIRE), period = credit_us(PERIOD_US);
    int64_t had, has;
    uint64_t n;

    if (now < due)
        return;
    n = (now - due) / period + 1;
    if (!__atomic_compare_exchange_n(&d->cap_refill, &due, due + n * period, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return; /* another CPU does it */
    had = __atomic_load_n(&d->cap_left, __ATOMIC_RELAXED);
    do
        has = MIN(had + (int64_t)MIN(n, PERIODS_MAX) * d->cap_ticks, d->cap_ticks);
    while (!__atomic_compare_exchange_n(&d->cap_left, &had, has, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
}

bool credit_within_cap(struct dom *d, tsc_t now)
{
    if (!d->cap_ticks)
        return true;
    refill(d, now);
    return __atomic_load_n(&d->cap_left, __ATOMIC_RELAXED) > 0;
}

/* Its others may run as well: each takes a share at a time, as unit_grab_budget() does. */
tsc_t credit_cap_lasts(const struct dom *d)
{
    int64_t left = __atomic_load_n(&d->cap_left, __ATOMIC_RELAXED);
    uint64_t piece = MAX((uint64_t)d->cap_ticks / d->vcpu_count, credit_us(PIECE_US));

    if (!d->cap_ticks)
        return TSC_NEVER;
    return left > 0 ? MIN((uint64_t)left, piece) : 0;
}
