/* SPDX-License-Identifier: MIT */
/*
 * no_symbol - a shared object, but no plugin
 */
int nothing_of_ours;
