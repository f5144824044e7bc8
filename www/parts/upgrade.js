// SPDX-License-Identifier: MIT
// upgrade - has the program on the disk take the place of the one that runs; tells what came of it, and what still finishes.

import { post } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { after, computed, effect, signal } from '../lib/signal.js';
import { actButton, card, notice } from './ui.js';
import '../text/about.js';

const FINISH_MS = 2000;
const REFUSALS = { 0: 'common.unreachable', 409: 'about.upgradeBusy', 422: 'about.upgradeFailed', 501: 'about.upgradeNever' };

// It may say many lines of why, as the new program wrote them.
const refused = (e) => notice('bad', h('p', t(REFUSALS[e.status] ?? 'about.upgradeRefused')),
    e.status > 0 && h('p', e.message),
    e.details.length > 0 && h('ul', e.details.flatMap((text) => text.split('\n')).filter(Boolean).map((line) => h('li', h('code', line)))));

const done = (r) => notice('good', h('p', r.version === r.from ? t('about.upgradedSame', r) : t('about.upgraded', r)),
    h('p', { class: 'soft' }, t('about.upgradedPids', { pid: String(r.pid), before: String(r.before_pid) })));

const finishes = ({ pid, in_flight: n }) => notice('info', h('p', t('about.finishes', { n, pid: String(pid) })));

// status: a signal of GET /api/status; load: asks for it anew.
export function upgradeCard(status, load) {
    const result = signal(null);
    const before = computed(() => JSON.stringify(status().before ?? null));
    const isOver = computed(() => Boolean(result()?.pid) && !status().before);
    const run = async () => {
        if (!await confirm({ title: t('about.upgradeTitle'), text: t('about.upgradeText'), yes: t('about.upgrade') }))
            return;
        const from = status.peek().version;
        result.set(await post('api/upgrade', {}).then((answer) => ({ ...answer, from }), (error) => ({ error })));
        await load().catch(() => {});
    };
    effect(() => {
        if (status().before)
            after(FINISH_MS, () => load().catch(() => {}));
    });
    return card(t('about.upgradeHead'), h('p', t('about.upgradeLead')),
        h('div', { class: 'row' }, actButton({ text: t('about.upgrade'), name: 'up', run })),
        h('div', { 'aria-live': 'polite', class: 'stack' },
            () => result() && (result().error ? refused(result().error) : done(result())),
            () => before() !== 'null' && finishes(JSON.parse(before())),
            () => isOver() && h('p', { class: 'soft' }, t('about.finished', { pid: String(result().before_pid) }))));
}
