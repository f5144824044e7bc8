// SPDX-License-Identifier: MIT
// about - which program this is, where it listens, what configured it, and since when.

import { get } from '../lib/api.js';
import { dateTime, number, span } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { card, chip, head, notice, stat } from '../parts/ui.js';
import '../text/about.js';

const pair = (name, value) => [h('dt', name), h('dd', value)];

const listeners = (s) => h('ul', { class: 'lines' }, s.listeners.map((l) => h('li', h('code', l.url), ' ', l.tls ? chip('TLS', 'good') : chip(t('about.clearText')),
    l.certificate_ends && h('span', { class: 'soft' }, ` ${t('about.certificate', { time: dateTime(l.certificate_ends) })}`))));

const configuration = (c) => h('dl', { class: 'pairs' },
    pair(t('about.version'), number(c.version)), pair(t('about.since'), dateTime(c.since)),
    pair(t('about.stateDir'), c.state_dir ? h('code', c.state_dir) : t('common.none')),
    pair(t('about.files'), c.files.length ? h('ul', { class: 'lines' }, c.files.map((f) => h('li', h('code', f)))) : t('common.none')));

const build = (b) => h('dl', { class: 'pairs' }, pair('ABI', String(b.abi)), pair(t('about.compiler'), b.compiler),
    pair(t('about.libraries'), h('ul', { class: 'lines' }, (Array.isArray(b.libraries) ? b.libraries : Object.entries(b.libraries).map((l) => l.join(' '))).map((l) => h('li', String(l))))));

export async function view() {
    const status = signal(null);
    const load = async () => status.set(await get('api/status'));
    await load();
    return () => {
        follow(['config', 'stats'], load, { ms: 5000 });
        return h('div', head(t('about.title'), t('about.lead')),
            h('dl', { class: 'stats' }, stat(t('about.program'), () => status().version), stat(t('about.uptime'), () => span(status().uptime_s)),
                stat(t('about.workers'), () => number(status().workers)),
                stat(t('about.connections'), () => number(status().connections.open), { note: () => t('about.most', { n: status().connections.most }) })),
            () => status().options_waiting?.length > 0 && notice('info', h('p', t('about.waiting')), h('p', h('code', status().options_waiting.join(', ')))),
            card(t('about.listeners'), () => listeners(status())),
            card(t('about.configuration'), () => configuration(status().configuration)),
            card(t('about.build'), () => build(status().build)));
    };
}
