/* SPDX-License-Identifier: GPL-2.0-only */
/* Circular, doubly linked. */
#ifndef TESTS_XEN_LIST_H
#define TESTS_XEN_LIST_H

#include <xen/types.h>

struct list_head {
    struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }

#define list_entry(node, type, member)                                        \
    ((type *)((char *)(node)-offsetof(type, member)))
#define list_first_entry_or_null(head, type, member)                          \
    ((head)->next == (head) ? NULL : list_entry((head)->next, type, member))
#define list_for_each_entry(entry, head, member)                              \
    for ( entry = list_entry((head)->next, typeof(*entry), member);           \
          &entry->member != (head);                                           \
          entry = list_entry(entry->member.next, typeof(*entry), member) )

/* `next` is set before the body may free the entry. */
#define list_for_each_entry_safe(entry, next_entry, head, member)             \
    for ( entry = list_entry((head)->next, typeof(*entry), member),           \
          next_entry =                                                        \
              list_entry(entry->member.next, typeof(*entry), member);         \
          &entry->member != (head); entry = next_entry,                       \
          next_entry = list_entry(entry->member.next, typeof(*entry),         \
                                  member) )

static inline void list_add_tail(struct list_head *node,
                                 struct list_head *head)
{
    *node = (struct list_head){ head, head->prev };
    head->prev->next = node;
    head->prev = node;
}

static inline void list_del(struct list_head *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
}

#endif
