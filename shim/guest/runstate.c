/* SPDX-License-Identifier: GPL-2.0-only */
#include "runstate.h"

#include "core/lib.h"
#include "core/time.h"
#include "gmem.h"

/* struct vcpu_runstate_info as 32-bit guests have it: nothing aligned beyond 4. */
struct runstate_32 {
    uint32_t state;
    uint64_t state_entry_time;
    uint64_t time[4];
} __attribute__((packed));

#define UPDATE_BYTE 0x80u /* XEN_RUNSTATE_UPDATE in the last byte of state_entry_time */

static void counted(const struct vcpu *v, struct vcpu_runstate_info *info)
{
    info->state = (int)v->rec->runstate;
    info->state_entry_time = v->rec->runstate_entry_time;
    for (unsigned int i = 0; i < 4; i++)
        info->time[i] = v->rec->runstate_time[i];
}

void runstate_get(const struct vcpu *v, struct vcpu_runstate_info *info)
{
    ns_t now = time_now(v);

    memset(info, 0, sizeof(*info));
    counted(v, info);
    if (now > info->state_entry_time)
        info->time[info->state & 3] += now - info->state_entry_time;
}

bool runstate_area_served(void)
{
    return shim_has(IRX_VERSION(1, 1));
}

static uint32_t size_of(const struct vcpu *v)
{
    return v->d->shinfo_32bit ? sizeof(struct runstate_32) : sizeof(struct vcpu_runstate_info);
}

/* Where it lies, mostly, in one page: one walk and not three. */
static void put(struct pcpu *pc, struct vcpu *v, uint8_t *area, uint32_t at, const void *from,
                uint32_t len)
{
    if (area)
        memcpy(area + at, from, len);
    else
        gmem_write(pc, v, v->rec->runstate_area + at, from, len);
}

/* The last byte of state_entry_time, which says whether the area is being written. */
static void mark(struct pcpu *pc, struct vcpu *v, uint8_t *area, uint64_t entry_time, uint8_t mask)
{
    uint32_t at = v->d->shinfo_32bit ? offsetof(struct runstate_32, state_entry_time)
                                     : offsetof(struct vcpu_runstate_info, state_entry_time);
    uint8_t byte = (uint8_t)(entry_time >> 56) | mask;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    put(pc, v, area, at + 7, &byte, 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void copy(struct pcpu *pc, struct vcpu *v, uint8_t *area,
                 const struct vcpu_runstate_info *info)
{
    struct runstate_32 narrow = {(uint32_t)info->state, info->state_entry_time, {0}};

    if (!v->d->shinfo_32bit) {
        put(pc, v, area, 0, info, sizeof(*info));
        return;
    }
    memcpy(narrow.time, info->time, sizeof(narrow.time));
    put(pc, v, area, 0, &narrow, sizeof(narrow));
}

void runstate_area_update(struct pcpu *pc, struct vcpu *v)
{
    bool flagged = dom_answers(v->d, IRX_ANSWER_RUNSTATE_FLAG);
    struct vcpu_runstate_info info = {0};
    uint64_t entry_time;
    uint8_t *area;

    if (!v->rec->runstate_area || !runstate_area_served())
        return;
    area = gmem_map(pc, v, v->rec->runstate_area, size_of(v));
    counted(v, &info);
    entry_time = info.state_entry_time;
    if (flagged) {
        info.state_entry_time |= XEN_RUNSTATE_UPDATE;
        mark(pc, v, area, entry_time, UPDATE_BYTE);
    }
    copy(pc, v, area, &info);
    if (flagged)
        mark(pc, v, area, entry_time, 0);
}

void runstate_area_set(struct pcpu *pc, struct vcpu *v, uint64_t va)
{
    struct vcpu_runstate_info info = {0};

    v->rec->runstate_area = va;
    counted(v, &info);
    if (va)
        gmem_write(pc, v, va, &info, sizeof(info));
}

void runstate_turn_over(struct pcpu *pc, const struct vcpu *next)
{
    struct vcpu *v = pc->turn;

    if (!v || v == next)
        return;
    pc->turn = NULL;
    runstate_area_update(pc, v);
}
