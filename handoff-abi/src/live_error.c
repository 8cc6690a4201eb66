/* SPDX-License-Identifier: GPL-2.0-only */
/* What a refused table's error says, and rules that several validators share. */
#include "live_internal.h"

#define SHIFT_MAX 32

static const char *const text[IRX_LE_MAX + 1] = {
    [IRX_LE_NONE] = "no error",
    [IRX_LE_MAGIC] = "is not an Interrex anchor",
    [IRX_LE_VERSION] = "is of a version that this build does not know",
    [IRX_LE_SIZE] = "has a wrong size",
    [IRX_LE_PLACE] = "is not where the region is",
    [IRX_LE_ALIGNMENT] = "is not aligned",
    [IRX_LE_BOUNDS] = "reaches out of its bounds",
    [IRX_LE_OVERLAP] = "overlaps another piece",
    [IRX_LE_RANGE] = "has a value out of range",
    [IRX_LE_RESERVED] = "has a reserved field that is not zero",
    [IRX_LE_CRC] = "has a wrong CRC: it is damaged",
    [IRX_LE_ORDER] = "is not sorted or overlaps the entry before",
    [IRX_LE_OWNER] = "names the wrong owner",
    [IRX_LE_STATE] = "has a state that it cannot be in now",
    [IRX_LE_MISMATCH] = "contradicts another field or record",
    [IRX_LE_MISSING] = "is missing",
    [IRX_LE_CARRIED] = "cannot be carried to another Xen",
};

const char *irx_live_error_text(uint32_t code)
{
    return code <= IRX_LE_MAX && text[code] ? text[code] : "unknown error";
}

int irx_live_refuse(struct irx_live_error *err, uint32_t code, const char *what, uint32_t index,
                    uint64_t value, uint64_t expected)
{
    if (err)
        *err = (struct irx_live_error){.code = code,
                                       .index = index,
                                       .domid = IRX_LE_NO_DOMAIN,
                                       .what = what,
                                       .value = value,
                                       .expected = expected};
    switch (code) {
    case IRX_LE_CRC:
        return -EILSEQ;
    case IRX_LE_VERSION:
    case IRX_LE_CARRIED:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}

int irx_live_reserved(struct irx_live_error *err, const struct irx_layout *layout, const void *obj,
                      uint32_t index)
{
    int64_t at = irx_layout_reserved(layout, obj, irx_layout_native(layout));

    if (at < 0)
        return 0;
    return irx_live_refuse(err, IRX_LE_RESERVED, layout->name, index, (uint64_t)at, 0);
}

int irx_live_errno(struct irx_live_error *err, const char *what, uint32_t index, int32_t value)
{
    if (value <= 0 && value >= -IRX_ERRNO_MAX)
        return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, what, index, (uint64_t)(int64_t)value, 0);
}

int irx_live_shift(struct irx_live_error *err, const char *what, uint32_t index, int32_t shift)
{
    if (shift >= -SHIFT_MAX && shift <= SHIFT_MAX)
        return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, what, index, (uint64_t)(int64_t)shift, SHIFT_MAX);
}

int irx_live_scale(struct irx_live_error *err, const char *mul, const char *shift, uint32_t index,
                   const struct irx_time_scale *scale)
{
    if (!scale->mul)
        return irx_live_refuse(err, IRX_LE_RANGE, mul, index, 0, 1);
    return irx_live_shift(err, shift, index, scale->shift);
}

int irx_live_frames(struct irx_live_error *err, const char *what, uint32_t index, uint64_t mfn,
                    uint64_t nr, uint64_t first, const struct irx_anchor *a,
                    const struct irx_limits *limits)
{
    uint64_t region = a->region_base / IRX_PAGE_SIZE;

    if (mfn >= limits->end_mfn || nr > limits->end_mfn - mfn)
        return irx_live_refuse(err, IRX_LE_BOUNDS, what, index, mfn, limits->end_mfn);
    if (mfn < first)
        return irx_live_refuse(err, IRX_LE_BOUNDS, what, index, mfn, first);
    if (mfn < region + a->region_size / IRX_PAGE_SIZE && mfn + nr > region)
        return irx_live_refuse(err, IRX_LE_OVERLAP, what, index, mfn, region);
    return 0;
}

int irx_live_gfn(struct irx_live_error *err, const char *what, uint32_t index, uint64_t gfn,
                 const struct irx_limits *limits)
{
    if (gfn == IRX_NOWHERE || gfn < limits->end_gfn)
        return 0;
    return irx_live_refuse(err, IRX_LE_BOUNDS, what, index, gfn, limits->end_gfn);
}

int irx_live_disjoint(struct irx_live_error *err, const struct irx_piece *pieces, uint32_t n)
{
    uint32_t i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++)
            if (pieces[i].size && pieces[j].size &&
                pieces[i].off < pieces[j].off + pieces[j].size &&
                pieces[j].off < pieces[i].off + pieces[i].size)
                return irx_live_refuse(err, IRX_LE_OVERLAP, pieces[i].name, 0, pieces[i].off,
                                       pieces[j].off);
    return 0;
}
