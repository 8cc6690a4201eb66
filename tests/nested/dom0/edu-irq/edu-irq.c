// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux module for dom0: interrupts of QEMU's educational device (docs/specs/edu.txt), each
 * told from the others. The first edu device interrupts by its line (level), every further
 * one by MSI. And transfers between dom0's memory and the device's, each of which takes 100 ms of
 * the machine's time, whether or not there is a dom0 meanwhile.
 *
 * /proc/edu-irq, written:   raise DEVICE           the device interrupts now
 *                           await DEVICE           somebody else will have it interrupt, once
 *                           stray DEVICE VECTOR APICID  sends a message of its own to a CPU of
 *                                                  the host: nothing that dom0 asked for
 *                           copy DEVICE            a page goes to the device and back, again and
 *                                                  again, another one each time
 *                read:      one line of JSON a device:
 *   asked    interrupts that the device was told to raise
 *   came     of these, how many came, each once
 *   twice    came though nobody had asked, or once more
 *   missing  did not come yet
 *   calls    of the handler; empty: of these, with nothing raised
 *   awaited  what has to be written, four bytes at the physical address raise_at, to have the
 *            awaited interrupt raised; 0: none is awaited
 *   copies   pages that came back right; wrong: that did not, or were lost
 *   away     transfers during which dom0 did not run for a second and more
 *   waited   milliseconds from when the device was last seen without the awaited interrupt (looked
 *            at each 8 ms while dom0 runs) until that came
 */
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

#define REG_IRQ_STATUS 0x24
#define REG_IRQ_RAISE  0x60
#define REG_IRQ_ACK    0x64
#define REG_DMA_SRC    0x80
#define REG_DMA_DST    0x88
#define REG_DMA_COUNT  0x90
#define REG_DMA_CMD    0x98
#define DMA_RUN        0x01
#define DMA_OUT        0x02 /* from the device's buffer to memory */
#define DMA_BUFFER     0x40000

/* Bits that tell interrupts apart, one after the other. */
#define FIRST_BIT 16
#define BITS      16
#define DEVICES   4
#define LOOK_MS   8

struct edu {
    struct pci_dev *pdev;
    void __iomem *regs;
    spinlock_t lock;
    struct timer_list look;
    ktime_t quiet; /* it was last seen without the awaited interrupt */
    u64 waited_ns;
    u32 missing, awaited;
    u64 asked, came, twice, calls, empty;
    u64 copies, wrong, away;
    struct task_struct *copier;
};
static struct edu devices[DEVICES];
static unsigned int nr_devices;

static irqreturn_t edu_interrupt(int irq, void *data)
{
    struct edu *e = data;
    u32 status;

    spin_lock(&e->lock);
    e->calls++;
    status = ioread32(e->regs + REG_IRQ_STATUS);
    if (status) {
        e->came += hweight32(status & e->missing);
        e->twice += hweight32(status & ~e->missing);
        if (status & e->awaited)
            e->waited_ns = ktime_to_ns(ktime_sub(ktime_get(), e->quiet));
        e->awaited &= ~status;
        e->missing &= ~status;
        iowrite32(status, e->regs + REG_IRQ_ACK);
    } else {
        e->empty++;
    }
    spin_unlock(&e->lock);
    return status ? IRQ_HANDLED : IRQ_NONE;
}

static void look(struct timer_list *timer)
{
    struct edu *e = from_timer(e, timer, look);
    bool quiet;

    spin_lock_irq(&e->lock);
    quiet = e->awaited && !(ioread32(e->regs + REG_IRQ_STATUS) & e->awaited);
    if (quiet)
        e->quiet = ktime_get();
    spin_unlock_irq(&e->lock);
    if (quiet)
        mod_timer(timer, jiffies + msecs_to_jiffies(LOOK_MS));
}

static int ask(struct edu *e, u32 bit)
{
    int rc = 0;

    spin_lock_irq(&e->lock);
    if (e->missing & bit) {
        rc = -EBUSY; /* could not be told from the one before */
    } else {
        e->missing |= bit;
        e->asked++;
    }
    spin_unlock_irq(&e->lock);
    return rc;
}

static u32 next_bit(const struct edu *e)
{
    return BIT(FIRST_BIT + (u32)(e->asked % BITS));
}

static int edu_raise(struct edu *e)
{
    u32 bit = next_bit(e);
    int rc = ask(e, bit);

    if (!rc)
        iowrite32(bit, e->regs + REG_IRQ_RAISE);
    return rc;
}

static int edu_await(struct edu *e)
{
    u32 bit = next_bit(e);
    int rc = e->awaited ? -EBUSY : ask(e, bit);

    if (rc)
        return rc;
    spin_lock_irq(&e->lock);
    e->awaited = bit;
    e->waited_ns = 0;
    e->quiet = ktime_get();
    spin_unlock_irq(&e->lock);
    mod_timer(&e->look, jiffies + 1);
    return 0;
}

/* Takes 100 ms of the device's time. Addresses are the host's. */
static int dma(struct edu *e, u32 from, u32 to, u32 size, u32 command)
{
    unsigned int i;

    iowrite32(from, e->regs + REG_DMA_SRC);
    iowrite32(to, e->regs + REG_DMA_DST);
    iowrite32(size, e->regs + REG_DMA_COUNT);
    iowrite32(command | DMA_RUN, e->regs + REG_DMA_CMD);
    for (i = 0; i < 500; i++) {
        if (!(ioread32(e->regs + REG_DMA_CMD) & DMA_RUN))
            return 0;
        msleep(10);
    }
    return -ETIMEDOUT;
}

#define BIOS      0xf0000u /* the same memory for dom0 and the host */
#define BIOS_SIZE 0x10000u
#define MSI_BASE  0xfee00000u

/*
 * A message is four bytes written to the local APICs' address: vector, then fixed, edge
 * (SDM vol. 3, 10.11). dom0 does not know where its own memory is, so they are the BIOS' own.
 */
static int edu_stray(struct edu *e, u8 vector, u8 apic_id)
{
    u8 *bios = memremap(BIOS, BIOS_SIZE, MEMREMAP_WB);
    unsigned int at;
    int rc;

    if (!bios)
        return -ENOMEM;
    for (at = 0; at < BIOS_SIZE - sizeof(u32); at++)
        if (bios[at] == vector && !(bios[at + 1] & 0x87))
            break;
    memunmap(bios);
    if (at == BIOS_SIZE - sizeof(u32))
        return -ENOENT;
    rc = dma(e, BIOS + at, DMA_BUFFER, sizeof(u32), 0);
    return rc ? rc : dma(e, DMA_BUFFER, MSI_BASE | (u32)apic_id << 12, sizeof(u32), DMA_OUT);
}

/* ---- Pages that go to the device and back ---- */

#define COPY_SIZE (PAGE_SIZE / 2) /* QEMU ends where a transfer takes all of the device's buffer */

static int transfer(struct edu *e, u32 from, u32 to, u32 command)
{
    ktime_t start = ktime_get();
    int rc = dma(e, from, to, COPY_SIZE, command);

    if (ktime_ms_delta(ktime_get(), start) >= MSEC_PER_SEC)
        e->away++;
    return rc;
}

static void fill(u32 *page, u64 round)
{
    u32 word = (u32)round * 2654435761u + 1;
    unsigned int i;

    for (i = 0; i < COPY_SIZE / sizeof(*page); i++) {
        word = word * 1664525u + 1013904223u; /* Numerical Recipes, 7.1 */
        page[i] = word;
    }
}

static int copier(void *arg)
{
    struct edu *e = arg;
    dma_addr_t to, from;
    u32 *out = dma_alloc_coherent(&e->pdev->dev, PAGE_SIZE, &to, GFP_KERNEL);
    u32 *in = dma_alloc_coherent(&e->pdev->dev, PAGE_SIZE, &from, GFP_KERNEL);
    u64 round;

    for (round = 0; out && in && !kthread_should_stop(); round++) {
        fill(out, round);
        memset(in, 0, COPY_SIZE);
        if (transfer(e, (u32)to, DMA_BUFFER, 0) || transfer(e, DMA_BUFFER, (u32)from, DMA_OUT) ||
            memcmp(in, out, COPY_SIZE))
            e->wrong++;
        else
            e->copies++;
    }
    return 0;
}

static int edu_copy(struct edu *e)
{
    int rc = e->copier ? -EBUSY : dma_set_mask_and_coherent(&e->pdev->dev, DMA_BIT_MASK(32));

    if (rc)
        return rc;
    e->copier = kthread_run(copier, e, "edu-copy");
    return PTR_ERR_OR_ZERO(e->copier);
}

static ssize_t control(struct file *file, const char __user *buffer, size_t size, loff_t *pos)
{
    char text[40], verb[8];
    unsigned int device, number = 0, other = 0;
    int words, rc;

    if (size >= sizeof(text))
        return -EINVAL;
    if (copy_from_user(text, buffer, size))
        return -EFAULT;
    text[size] = 0;
    words = sscanf(text, "%7s %u %u %u", verb, &device, &number, &other);
    if (words < 2 || device >= nr_devices)
        return -EINVAL;
    if (words == 2 && !strcmp(verb, "raise"))
        rc = edu_raise(&devices[device]);
    else if (words == 2 && !strcmp(verb, "await"))
        rc = edu_await(&devices[device]);
    else if (words == 2 && !strcmp(verb, "copy"))
        rc = edu_copy(&devices[device]);
    else if (words == 4 && !strcmp(verb, "stray") && number <= 255 && other <= 255)
        rc = edu_stray(&devices[device], (u8)number, (u8)other);
    else
        rc = -EINVAL;
    return rc ? rc : (ssize_t)size;
}

static int show(struct seq_file *s, void *unused)
{
    unsigned int i;

    for (i = 0; i < nr_devices; i++) {
        struct edu *e = &devices[i];

        spin_lock_irq(&e->lock);
        seq_printf(s,
                   "{\"kind\": \"%s\", \"asked\": %llu, \"came\": %llu, \"twice\": %llu, "
                   "\"missing\": %u, \"calls\": %llu, \"empty\": %llu, \"waited\": %llu, "
                   "\"awaited\": %u, \"raise_at\": %llu, \"copies\": %llu, \"wrong\": %llu, "
                   "\"away\": %llu}\n",
                   e->pdev->msi_enabled ? "msi" : "level", e->asked, e->came, e->twice,
                   hweight32(e->missing), e->calls, e->empty, div_u64(e->waited_ns, NSEC_PER_MSEC),
                   e->awaited, (u64)pci_resource_start(e->pdev, 0) + REG_IRQ_RAISE, e->copies,
                   e->wrong, e->away);
        spin_unlock_irq(&e->lock);
    }
    return 0;
}

static int open(struct inode *inode, struct file *file)
{
    return single_open(file, show, NULL);
}

static const struct proc_ops ops = {
    .proc_open = open,
    .proc_read = seq_read,
    .proc_lseek = seq_lseek,
    .proc_release = single_release,
    .proc_write = control,
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
    struct edu *e = &devices[nr_devices];
    int rc;

    if (nr_devices == DEVICES)
        return -ENOSPC;
    rc = pcim_enable_device(pdev);
    if (!rc)
        rc = pcim_iomap_regions(pdev, BIT(0), "edu-irq");
    if (rc)
        return rc;
    e->pdev = pdev;
    e->regs = pcim_iomap_table(pdev)[0];
    spin_lock_init(&e->lock);
    timer_setup(&e->look, look, 0);
    pci_set_master(pdev); /* a message is a write of the device */
    rc = pci_alloc_irq_vectors(pdev, 1, 1, nr_devices ? PCI_IRQ_MSI : PCI_IRQ_LEGACY);
    if (rc < 0)
        return rc;
    rc = request_irq(pci_irq_vector(pdev, 0), edu_interrupt, nr_devices ? 0 : IRQF_SHARED,
                     nr_devices ? "edu-msi" : "edu-level", e);
    if (rc)
        return rc;
    nr_devices++;
    return 0;
}

static const struct pci_device_id ids[] = {{PCI_DEVICE(0x1234, 0x11e8)}, {}};
MODULE_DEVICE_TABLE(pci, ids);

/* Stays until dom0 ends. */
static struct pci_driver driver = {
    .name = "edu-irq",
    .id_table = ids,
    .probe = edu_probe,
};

static int __init edu_init(void)
{
    int rc = pci_register_driver(&driver);

    if (!rc && !proc_create("edu-irq", 0600, NULL, &ops))
        rc = -ENOMEM;
    return rc;
}
module_init(edu_init);

MODULE_DESCRIPTION("Interrupts of QEMU's edu device, each told from the others, and its DMA");
MODULE_LICENSE("GPL v2");
