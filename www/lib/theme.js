// SPDX-License-Identifier: MIT
// theme - light, dark, or as the system has it; kept in this browser.

import { effect, signal } from './signal.js';

const STORE = 'claude-proxy.theme';
const THEMES = ['auto', 'light', 'dark'];

const kept = localStorage.getItem(STORE);
export const theme = signal(THEMES.includes(kept) ? kept : 'auto');

const system = matchMedia('(prefers-color-scheme: dark)');
export const isDark = signal(system.matches);

export function startTheme() {
    const work = () => {
        document.documentElement.dataset.theme = theme();
        isDark.set(theme() === 'auto' ? system.matches : theme() === 'dark');
    };
    effect(work);
    system.addEventListener('change', work);
}

export function setTheme(name) {
    localStorage.setItem(STORE, name);
    theme.set(name);
}
