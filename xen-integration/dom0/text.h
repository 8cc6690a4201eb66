/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that others gave: names of domains, paths, lines. */
#ifndef INTERREX_DOM0_TEXT_H
#define INTERREX_DOM0_TEXT_H

/*
 * Makes `text` fit for a terminal and for JSON, in place: what is no UTF-8, cut short or a control
 * character becomes '?'.
 */
void irx_text_clean(char *text);

#endif
