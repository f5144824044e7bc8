// SPDX-License-Identifier: MIT
// log_level - how much is logged, more or less of it for a while.

import { del, get, put } from '../lib/api.js';
import { segmented, selectField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { LEVELS } from '../lib/loglines.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { actButton, card, countdown, notice } from './ui.js';
import '../text/logs.js';

const SPANS = ['1m', '10m', '1h', '1d'];

export const fetchLevel = () => get('api/log/level');

const words = (level) => t(`logs.level.${level}`);

// first: what fetchLevel() told.
export function levelCard(first) {
    const told = signal(first);
    const level = signal(first.level);
    const span = signal('10m');
    const load = async () => told.set(await fetchLevel());
    const set = async () => told.set(await put('api/log/level', { level: level.peek(), for: span.peek() }));
    const setter = actButton({ text: t('logs.setLevel'), name: 'check', run: set, fault: t('logs.levelFailed') });
    const reset = async () => {
        told.set(await del('api/log/level'));
        level.set(told.peek().level);
        setter.focus();
    };
    follow(['config'], load, { ms: 3000 });
    return card(t('logs.levelTitle'), h('p', t('logs.levelHint')),
        h('p', { 'aria-live': 'polite' }, () => (told().until ? [t('logs.levelUntil', { level: words(told().level), configured: words(told().configured) }), ' ', countdown(told().until, () => load().catch(() => {}))]
            : t('logs.levelNow', { level: words(told().level) }))),
        () => told().dropped > 0 && notice('warn', h('p', t('logs.dropped', { n: told().dropped }))),
        h('div', { class: 'log-level-set' }, segmented({ label: t('logs.levelTitle'), value: level, choices: LEVELS.map((value) => ({ value, text: words(value) })) }),
            selectField({ label: t('logs.for'), value: span, choices: SPANS.map((value) => ({ value, text: t(`logs.span.${value}`) })) }),
            setter,
            () => told().until && actButton({ text: t('logs.resetLevel'), name: 'reset', run: reset, fault: t('logs.levelFailed') })));
}
