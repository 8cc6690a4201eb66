/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The anchor and the live tables. An input is a list of changes to a sound region that is handed
 * over: each sets a few bytes of a table's entry, or of an array of a domain. Then every
 * validator runs, in the order in which a reader has to call them.
 */
#include "fuzz.h"

#include <sys/mman.h>

#include <interrex/live.h>

#include "../../handoff-abi/tests/help_handoff.h"

#define CHANGES_MAX 16u

struct change {
    uint8_t *at;
    uint64_t before;
    size_t size;
};

static const struct irx_limits limits = IRX_LIMITS_NONE;
static struct irx_anchor *anchor; /* R; what lies around it is not mapped */
static struct irx_anchor sound;   /* as it was */
static struct change changes[CHANGES_MAX];
static unsigned int nr_changes;

static void *at(uint64_t off)
{
    return (uint8_t *)anchor + off;
}

static void make_region(void)
{
    uint8_t *p = mmap(NULL, HELP_REGION_SIZE + (2u << 20), PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    MUST(p != MAP_FAILED);
    anchor = (struct irx_anchor *)(p + (1u << 20));
    MUST(mprotect(anchor, HELP_REGION_SIZE, PROT_READ | PROT_WRITE) == 0);
    help_fill_region(anchor);
    sound = *anchor;
}

static struct irx_domain *domain(uint64_t entry)
{
    return at(sound.domains.off + entry % sound.domains.count * sound.domains.stride);
}

/* In an array that begins at `off`, which may have been changed. */
static uint8_t *in_array(uint64_t off, uint64_t offset)
{
    return off && off < HELP_REGION_SIZE ? at(off + offset) : NULL;
}

/* A place that the validators read; NULL: that array is not there. */
static uint8_t *place(uint64_t kind, uint64_t index, uint64_t offset)
{
    const struct irx_domain *d = domain(index >> 4);

    switch (kind % 8) {
    case 0:
        return at(offset % sizeof(sound));
    case 1:
        return at(sound.cpus.off + index % sound.cpus.count * sound.cpus.stride +
                  offset % sizeof(struct irx_cpu));
    case 2:
        return (uint8_t *)domain(index) + offset % sizeof(struct irx_domain);
    case 3:
        return at(sound.vcpus.off + index % sound.vcpus.count * sound.vcpus.stride +
                  offset % sizeof(struct irx_vcpu));
    case 4:
        return in_array(d->extents, offset % (64 * sizeof(struct irx_extent)));
    case 5:
        return in_array(d->leaves, offset % 1024);
    case 6:
        return in_array(d->ports, offset % (HELP_PORTS * sizeof(struct irx_port)));
    default:
        return in_array(d->fifo_array, offset % 64);
    }
}

static void change(uint8_t *p, uint64_t value, size_t size)
{
    struct change *c = &changes[nr_changes++];

    *c = (struct change){.at = p, .size = size};
    memcpy(&c->before, p, size);
    memcpy(p, &value, size);
}

static void undo(void)
{
    while (nr_changes) {
        const struct change *c = &changes[--nr_changes];

        memcpy(c->at, &c->before, c->size);
    }
}

/* What a writer would have summed, so that what is behind the CRCs is reached. */
static void seal(struct irx_domain *d)
{
    struct irx_domain before = *d;

    if (irx_domain_validate(anchor, d, 0, IRX_STAGE_PREPARE, &limits, NULL))
        return;
    before.policy_crc = irx_policy_crc(d, at(d->leaves), at(d->msrs));
    before.extents_crc = irx_extents_crc(d, at(d->extents));
    if (nr_changes + 2 > CHANGES_MAX)
        return;
    change((uint8_t *)&d->policy_crc, before.policy_crc, 4);
    change((uint8_t *)&d->extents_crc, before.extents_crc, 4);
}

/* An answer and the error that goes with it. */
static int said(int rc, const struct irx_live_error *err)
{
    MUST(!rc || (err->code > IRX_LE_NONE && err->code <= IRX_LE_MAX && err->what));
    MUST(!rc || irx_live_error_text(err->code));
    return rc;
}

static int judge_domain(uint32_t entry, struct irx_domain_view *view)
{
    struct irx_domain_view other = *view;
    struct irx_live_error err = {0};
    int rc = said(irx_domain_validate_memory(anchor, entry, &limits, view, &err), &err);

    if (rc)
        return rc;
    rc = said(irx_domain_validate_events(anchor, entry, IRX_STAGE_HANDOVER, &limits, view, &err),
              &err);
    if (rc) /* then as one that is entering */
        rc = said(irx_domain_validate_events(anchor, entry, IRX_STAGE_ENTER, &limits, view, &err),
                  &err);
    if (rc)
        return rc;
    other = *view;
    said(irx_domain_validate_claim(anchor, entry, &limits, &other, &err), &err);
    return said(irx_domain_validate_vcpus(anchor, view, &limits, &err), &err);
}

static void judge(void)
{
    static struct irx_domain_view views[4096];
    struct irx_live_error err = {0};
    uint32_t n;

    if (said(irx_anchor_validate(anchor, HELP_REGION_BASE, HELP_REGION_SIZE, &err), &err))
        return;
    said(irx_anchor_validate_handover(anchor, &err), &err);
    n = anchor->cpus.count < 64 ? anchor->cpus.count : 64;
    for (uint32_t i = 0; i < n; i++)
        said(irx_cpu_validate(irx_entry(anchor, &anchor->cpus, i), i, &err), &err);
    n = anchor->domains.count < 16 ? anchor->domains.count : 16;
    memset(views, 0, n * sizeof(views[0]));
    for (uint32_t i = 0; i < n; i++)
        if (irx_domain_in_use(anchor, irx_domain_entry(anchor, i)) && judge_domain(i, &views[i]))
            views[i].d = NULL;
    said(irx_links_validate(views, n, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t sizes[] = {1, 2, 4, 8};
    struct input in = {data, size};
    bool sealed = take(&in, 1) & 1;

    if (!anchor)
        make_region();
    while (in.left && nr_changes < CHANGES_MAX - 8) {
        uint64_t what = take(&in, 1), index = take(&in, 1), offset = take(&in, 2);
        size_t width = sizes[what >> 6];
        uint8_t *p = place(what, index, offset & ~(uint64_t)(width - 1));
        uint64_t value = take(&in, width);

        if (p && p >= (uint8_t *)anchor && p + 8 <= (uint8_t *)anchor + HELP_REGION_SIZE)
            change(p, value, width);
    }
    if (sealed && !irx_anchor_validate(anchor, HELP_REGION_BASE, HELP_REGION_SIZE, NULL))
        for (uint32_t i = 0; i < sound.domains.count; i++)
            seal(domain(i));
    judge();
    undo();
    return 0;
}
