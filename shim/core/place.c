/* SPDX-License-Identifier: GPL-2.0-only */
#include "place.h"

#include "credit.h"
#include "sched.h"

#define RESIST_US  2000u /* of credit: by so much less is owed to whom it displaces */
#define STAY_US    4000u /* a vCPU stays so long before it displaces another elsewhere, */
#define REST_US    500u  /* and so long before it goes to an idle CPU */
#define BALANCE_US 250u  /* a CPU looks for a better place for its vCPUs this often */

/* ---- CPUs ---- */

void place_cpu_comes(struct pcpu *pc)
{
    pc->list = NULL;
    pc->inbox = NULL;
    pc->nr = 0;
    pc->closed = false;
    pc->core = &pc->core_nr;
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        const struct pcpu *other = shim.pcpu[i];

        if (other && other != pc && other->core &&
            other->rec->package_core == pc->rec->package_core)
            pc->core = other->core;
    }
}

static void count(struct pcpu *pc, int32_t n)
{
    __atomic_fetch_add(&pc->nr, n, __ATOMIC_RELAXED);
    __atomic_fetch_add(pc->core, n, __ATOMIC_RELAXED);
}

/* Threads of one core share what it has: credit2 looks for idle cores first, too. */
static bool is_emptier(const struct pcpu *pc, const struct pcpu *than)
{
    uint32_t mine = __atomic_load_n(&pc->nr, __ATOMIC_RELAXED);
    uint32_t its = __atomic_load_n(&than->nr, __ATOMIC_RELAXED);

    return mine != its ? mine < its
                       : __atomic_load_n(pc->core, __ATOMIC_RELAXED) <
                             __atomic_load_n(than->core, __ATOMIC_RELAXED);
}

/* ---- what it may run on ---- */

void place_load(struct vcpu *v)
{
    v->bound = false;
    for (uint32_t i = 0; i < ARRAY_SIZE(v->allowed); i++) {
        v->allowed[i] = shim_has(IRX_VERSION(1, 1)) ? v->rec->cpus_allowed[i] : 0;
        v->bound |= v->allowed[i] != 0;
    }
}

static bool is_allowed(const struct vcpu *v, uint32_t cpu)
{
    return !v->bound || (cpu / 64 < ARRAY_SIZE(v->allowed) && v->allowed[cpu / 64] & BIT(cpu % 64));
}

static bool takes_vcpus(const struct pcpu *pc)
{
    return pc && !__atomic_load_n(&pc->closed, __ATOMIC_RELAXED) &&
           __atomic_load_n(&pc->rec->state, __ATOMIC_ACQUIRE) == IRX_CPU_HELD;
}

/* None of its own CPUs is held: like a vCPU of Xen whose CPUs are offline, it runs on any. */
static bool is_stranded(const struct vcpu *v)
{
    for (uint32_t i = 0; v->bound && i < shim.cpu_count; i++)
        if (is_allowed(v, i) && takes_vcpus(shim.pcpu[i]))
            return false;
    return v->bound;
}

bool place_is_astray(const struct pcpu *pc, const struct vcpu *v)
{
    return !is_allowed(v, pc->index) && !is_stranded(v);
}

/* ---- moving ---- */

/* Where v is now is seen when this CPU dies meanwhile: place_is_left_behind(). */
static bool put(struct pcpu *self, struct pcpu *to, struct vcpu *v)
{
    bool open;

    lock_take(&to->inbox_lock, self->index);
    open = !to->closed;
    if (open) {
        count(to, 1);
        v->rec->cpu_hint = to->index;
        v->on_way = true;
        __atomic_store_n(&v->cpu, to, __ATOMIC_SEQ_CST);
        v->next = to->inbox;
        __atomic_store_n(&to->inbox, v, __ATOMIC_RELEASE);
    }
    lock_drop(&to->inbox_lock);
    return open;
}

/* False: it takes none any more. Any CPU; v is on no list. */
static bool give(struct pcpu *self, struct pcpu *to, struct vcpu *v)
{
    bool open;

    __atomic_store_n(&self->giving, v, __ATOMIC_SEQ_CST);
    open = put(self, to, v);
    __atomic_store_n(&self->giving, NULL, __ATOMIC_SEQ_CST);
    if (!open)
        return false;
    /* Its domain may be about to freeze: the new owner looks. */
    __atomic_store_n(&to->freezing, 1, __ATOMIC_SEQ_CST);
    sched_poke(self, to);
    return true;
}

static struct pcpu *emptiest(const struct pcpu *but, const struct vcpu *v)
{
    struct pcpu *best = NULL;
    bool stranded = is_stranded(v);

    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        struct pcpu *pc = shim.pcpu[i];

        if (pc != but && takes_vcpus(pc) && (stranded || is_allowed(v, i)) &&
            (!best || is_emptier(pc, best)))
            best = pc;
    }
    return best;
}

bool place_has_room(void)
{
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (takes_vcpus(shim.pcpu[i]))
            return true;
    return false;
}

/* v is on no list. */
static void keep(struct pcpu *pc, struct vcpu *v)
{
    count(pc, 1);
    v->on_way = false;
    __atomic_store_n(&v->cpu, pc, __ATOMIC_SEQ_CST);
    v->next = pc->list;
    pc->list = v;
}

void place_first(struct pcpu *self, struct vcpu *v)
{
    uint32_t hint = v->rec->cpu_hint;
    struct pcpu *to = NULL;

    if (hint < shim.cpu_count && takes_vcpus(shim.pcpu[hint]) && is_allowed(v, hint))
        to = shim.pcpu[hint];
    if (to && give(self, to, v))
        return;
    do
        to = emptiest(NULL, v);
    while (to && !give(self, to, v));
    if (!to) /* that it may freeze; it does not run */
        keep(self, v);
}

void place_take_inbox(struct pcpu *pc)
{
    if (!__atomic_load_n(&pc->inbox, __ATOMIC_ACQUIRE))
        return;
    lock_take(&pc->inbox_lock, pc->index);
    while (pc->inbox) {
        struct vcpu *v = pc->inbox;

        pc->inbox = v->next;
        v->next = pc->list;
        v->on_way = false;
        v->came = hw_tsc();
        v->woken = true;
        pc->list = v;
    }
    lock_drop(&pc->inbox_lock);
}

static void unlink(struct pcpu *pc, struct vcpu *v)
{
    for (struct vcpu **at = &pc->list; *at; at = &(*at)->next) {
        if (*at == v) {
            *at = v->next;
            break;
        }
    }
    v->next = NULL;
    if (pc->current == v)
        pc->current = NULL;
    if (pc->last == v)
        pc->last = NULL;
}

void place_remove(struct pcpu *pc, struct vcpu *v)
{
    unlink(pc, v);
    count(pc, -1);
}

static void set_closed(struct pcpu *pc, bool closed)
{
    lock_take(&pc->inbox_lock, pc->index);
    __atomic_store_n(&pc->closed, closed, __ATOMIC_RELAXED);
    lock_drop(&pc->inbox_lock);
    place_take_inbox(pc);
}

void place_close(struct pcpu *pc)
{
    set_closed(pc, true);
}

void place_open(struct pcpu *pc)
{
    set_closed(pc, pc->stops);
}

static bool close_if_idle(struct pcpu *self, struct pcpu *pc)
{
    bool idle;

    lock_take(&pc->inbox_lock, self->index);
    idle = !__atomic_load_n(&pc->nr, __ATOMIC_RELAXED);
    if (idle)
        __atomic_store_n(&pc->closed, true, __ATOMIC_RELAXED);
    lock_drop(&pc->inbox_lock);
    return idle;
}

static void open_again(struct pcpu *self, struct pcpu *pc)
{
    lock_take(&pc->inbox_lock, self->index);
    __atomic_store_n(&pc->closed, pc->stops, __ATOMIC_RELAXED);
    lock_drop(&pc->inbox_lock);
}

static bool is_held_thread(const struct pcpu *pc, const struct pcpu *of)
{
    return pc && pc->core == of->core &&
           (pc == of || __atomic_load_n(&pc->rec->state, __ATOMIC_ACQUIRE) == IRX_CPU_HELD);
}

bool place_close_idle_core(struct pcpu *pc)
{
    bool idle = true;

    for (uint32_t i = 0; idle && i < shim.cpu_count; i++)
        if (is_held_thread(shim.pcpu[i], pc))
            idle = close_if_idle(pc, shim.pcpu[i]);
    for (uint32_t i = 0; !idle && i < shim.cpu_count; i++)
        if (is_held_thread(shim.pcpu[i], pc))
            open_again(pc, shim.pcpu[i]);
    return idle;
}

bool place_give_away(struct pcpu *pc)
{
    set_closed(pc, true);
    while (pc->list) {
        struct vcpu *v = pc->list;
        struct pcpu *to = emptiest(pc, v);

        if (!to) {
            place_open(pc);
            return false;
        }
        sched_stop(v, hw_tsc());
        place_remove(pc, v);
        if (!give(pc, to, v))
            keep(pc, v); /* that one just went, too */
    }
    sched_publish_idle(pc);
    return true;
}

/* ---- of a CPU that is dead ---- */

void place_close_dead(struct pcpu *self, struct pcpu *dead)
{
    lock_take(&dead->inbox_lock, self->index);
    __atomic_store_n(&dead->closed, true, __ATOMIC_RELAXED);
    lock_drop(&dead->inbox_lock);
}

bool place_is_left_behind(struct pcpu *self, const struct pcpu *dead, const struct vcpu *v)
{
    struct pcpu *at = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);
    bool behind;

    if (!at || at == dead)
        return true;
    if (v != dead->giving)
        return false;
    lock_take(&at->inbox_lock, self->index);
    behind = v->on_way;
    for (const struct vcpu *there = at->inbox; there; there = there->next)
        behind &= there != v;
    lock_drop(&at->inbox_lock);
    return behind;
}

void place_forget(struct pcpu *dead)
{
    dead->list = dead->inbox = NULL;
    dead->current = dead->loaded = dead->turn = dead->last = dead->giving = NULL;
    count(dead, -(int32_t)dead->nr);
    sched_publish_idle(dead);
}

/* ---- as time passes ---- */

/* The CPU where v is better off than here, where it waits; NULL: none. */
static struct pcpu *better_place(const struct pcpu *pc, struct vcpu *v, tsc_t now)
{
    bool stranded = is_stranded(v), astray = place_is_astray(pc, v);
    bool displaces = astray || now - v->came >= credit_us(STAY_US);
    int64_t credit = credit_of(v), least = INT64_MAX;
    struct pcpu *best = NULL;

    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        struct pcpu *to = shim.pcpu[i];
        int64_t runs, top;

        if (to == pc || !takes_vcpus(to) || !(stranded || is_allowed(v, i)) ||
            __atomic_load_n(&to->inbox, __ATOMIC_RELAXED))
            continue;
        runs = __atomic_load_n(&to->runs, __ATOMIC_RELAXED);
        top = __atomic_load_n(&to->top, __ATOMIC_RELAXED);
        if (!astray && runs != CREDIT_NONE &&
            (!displaces || credit <= runs + (int64_t)credit_us(RESIST_US) || credit <= top))
            continue;
        if (runs < least || (runs == least && best && is_emptier(to, best))) {
            best = to;
            least = runs;
        }
    }
    return best;
}

void place_balance(struct pcpu *pc, tsc_t now)
{
    struct vcpu *best = NULL;
    struct pcpu *to = NULL;
    int64_t most = CREDIT_NONE;

    if (now < pc->balance_at && !__atomic_load_n(&pc->asked, __ATOMIC_RELAXED))
        return;
    pc->balance_at = now + credit_us(BALANCE_US);
    __atomic_store_n(&pc->asked, 0, __ATOMIC_RELAXED);
    for (struct vcpu *v = pc->list; v; v = v->next) {
        struct pcpu *there;

        if (v == pc->current || v == pc->loaded || !sched_waits(v) || credit_of(v) <= most ||
            (now - v->came < credit_us(REST_US) && !place_is_astray(pc, v)))
            continue;
        there = better_place(pc, v, now);
        if (there) {
            best = v;
            to = there;
            most = credit_of(v);
        }
    }
    if (!best)
        return;
    place_remove(pc, best);
    pc->moves++;
    if (!give(pc, to, best))
        keep(pc, best);
}

void place_ask(struct pcpu *pc, tsc_t now)
{
    struct pcpu *most = NULL;
    uint32_t least = 0;

    if (!__atomic_load_n(&shim.waiting, __ATOMIC_RELAXED) || now < pc->ask_at || pc->closed)
        return;
    pc->ask_at = now + credit_us(BALANCE_US);
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        struct pcpu *other = shim.pcpu[i];
        uint32_t waiting = other ? __atomic_load_n(&other->waiting, __ATOMIC_RELAXED) : 0;

        if (other != pc && waiting > least) {
            most = other;
            least = waiting;
        }
    }
    if (most && !__atomic_exchange_n(&most->asked, 1, __ATOMIC_RELAXED))
        sched_poke(pc, most);
}
