// SPDX-License-Identifier: MIT
// editor_preview - the addresses that requests would go to, as the gateway works them out.

import { post } from '../lib/api.js';
import { computed, effect, signal } from '../lib/signal.js';
import { debounced } from './ui.js';

const PREVIEW_MS = 250;

// dialect and urls are read as functions; → a signal of [{base_url, operations, error}].
export function previewOf(dialect, urls) {
    const told = signal([]);
    const wanted = computed(() => JSON.stringify([dialect(), urls().map((u) => u.trim()).filter(Boolean)]));
    let asked = 0;
    const ask = debounced(async (text) => {
        const [name, base_urls] = JSON.parse(text);
        const mine = ++asked;
        if (!name || !base_urls.length) {
            told.set([]);
            return;
        }
        const answer = await post('api/channels/preview',
            { dialect: name, base_urls }).catch(() => ({ urls: [] }));
        if (mine === asked)
            told.set(answer.urls);
    }, PREVIEW_MS);
    effect(() => ask(wanted()));
    return told;
}

const request = (one) => (one.operations?.chat ?? one.operations?.stream ?? '').replace(/^[A-Z]+ /, '');

export const requestUrl = (told, base) => {
    const one = told.find((u) => u.base_url === base);
    return one?.error ? '' : one ? request(one) : '';
};
