// SPDX-License-Identifier: MIT
// keys_test - tests of a channel's keys: one before everybody's eyes, or all of them with their verdicts in their rows.

import { post } from '../lib/api.js';
import { took } from '../lib/format.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { signal } from '../lib/signal.js';
import { verdictOf } from './channel_state.js';
import { openTest, sayOf } from './staged_test.js';
import { chip } from './ui.js';
import '../text/editor.js';
import '../text/keys.js';

const AT_ONCE = 4;

export function makeTests(k) {
    const verdicts = new Map(); // id → signal of {isBusy}, {isOk, ms, failed, stages}, {error} or null
    const of = (id) => {
        if (!verdicts.has(id))
            verdicts.set(id, signal(null));
        return verdicts.get(id);
    };
    const ask = (id, body) => post(k.path('keys', id, 'test'), body);
    const keep = (id, answer) => of(id).set(verdictOf(answer));
    const one = (key, name) => openTest({
        title: t('keys.testTitle', { name }),
            urls: () => k.channel().base_urls.map((url) => ({ value: url, text: url })),
        ask: async (body) => {
            const answer = await ask(key.id, body);
            keep(key.id, answer);
            return answer;
        } });
    // Without a chat: nothing is spent.
    const all = async () => {
        const waiting = k.channel.peek().keys.map((key) => key.id);
        waiting.forEach((id) => of(id).set({ isBusy: true }));
        const worker = async () => {
            for (let id = waiting.shift(); id; id = waiting.shift())
                await ask(id, { chat: false }).then((answer) => keep(id, answer),
                    (error) => of(id).set({ error }));
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
    };
    return { of, one, all };
}

// What the last test said, in a few words.
export function verdictChip(v) {
    if (!v)
        return null;
    if (v.isBusy)
        return chip(t('editor.testing'), 'info', { 'aria-busy': 'true' });
    if (v.error)
        return chip([icon('warn'), v.error.status === 0 ? t('common.unreachable') : v.error.message], 'bad');
    const models = v.stages.find((s) => s.name === 'models');
    const told = v.stages.map((s) => [tOr('editor.stage', s.name),
        sayOf(s)].filter(Boolean).join(': ')).join('\n');
    return v.isOk ? chip([icon('bolt'), took(v.ms), models?.say && ` · ${sayOf(models)}`], 'good',
        { title: told })
        : chip([icon('warn'), t('keys.testFailed', { stage: tOr('editor.stage', v.failed?.name ?? '') })],
            'bad', { title: told });
}
