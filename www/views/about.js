// SPDX-License-Identifier: MIT
// about - which program this is, where it listens, what configured it, and since when.

import { get, post } from '../lib/api.js';
import { dateTime, number, span } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { actButton, card, chip, head, notice, stat } from '../parts/ui.js';
import { upgradeCard } from '../parts/upgrade.js';
import '../text/about.js';

const pair = (name, value) => [h('dt', name), h('dd', value)];

const listeners = (s) => h('ul', { class: 'lines' }, s.listeners.map((l) => h('li', h('code', l.url), ' ', l.tls ? chip('TLS', 'good') : chip(t('about.clearText')),
    l.certificate_ends && [' ', certificate(l.certificate_ends)])));

const configuration = (c) => h('dl', { class: 'pairs' },
    pair(t('about.version'), number(c.version)), pair(t('about.since'), dateTime(c.since)),
    pair(t('about.stateDir'), c.state_dir ? h('code', c.state_dir) : t('common.none')),
    pair(t('about.files'), c.files.length ? h('ul', { class: 'lines' }, c.files.map((f) => h('li', h('code', f)))) : t('common.none')));

const build = (b) => h('dl', { class: 'pairs' }, pair('ABI', String(b.abi)), pair(t('about.compiler'), b.compiler),
    pair(t('about.libraries'), h('ul', { class: 'lines' }, (Array.isArray(b.libraries) ? b.libraries : Object.entries(b.libraries).map((l) => l.join(' '))).map((l) => h('li', String(l))))));

const DAY_MS = 86400000;

function certificate(until) {
    const days = (new Date(until) - Date.now()) / DAY_MS;
    return chip(t('about.certificate', { time: dateTime(until) }), days < 0 ? 'bad' : days < 14 ? 'warn' : 'good');
}

const health = (s) => h('dl', { class: 'pairs' },
    pair(t('about.mayServe'), s.channels.active > s.channels.resting ? chip(t('about.serves'), 'good') : chip(t('about.servesNot'), 'bad')),
    pair(t('about.channels'), t('about.channelsOf', { active: s.channels.active, all: s.channels.all, resting: s.channels.resting })),
    pair(t('about.history'), s.history?.failing ? chip(s.history.why || t('about.failing'), 'bad') : s.history?.store ? chip(s.history.store, 'good') : t('common.none')),
    s.history?.lost > 0 && pair(t('about.lost'), number(s.history.lost)),
    pair(t('about.panel'), s.panel ? h('code', s.panel) : t('common.none')));

const plugins = (list) => h('dl', { class: 'pairs' }, list.map((p) => pair(h('code', p.name),
    h('span', { class: 'row' }, h('span', p.version), (p.bugs ?? 0) > 0 && chip(t('about.bugs', { n: p.bugs }), 'bad'),
        h('span', { class: 'faint' }, (p.dialects ?? []).map((d) => d.name).concat(p.stores ?? []).map((d) => (typeof d === 'string' ? d : d.name)).join(', '))))));

// What the files say now, and what became of it when they were read anew.
function reloadBox() {
    const result = signal(null);
    const run = (path) => async () => {
        try {
            result.set({ ...await post(path, {}), path });
        } catch (e) {
            if (!e.body || e.status === 0)
                throw e;
            result.set({ ok: false, errors: [e.message], report: e.details, path });
        }
    };
    const lines = (list) => (Array.isArray(list) ? list : []).map((l) => (typeof l === 'string' ? l : l.text ?? JSON.stringify(l)));
    const told = (r) => notice(r.ok === false ? 'bad' : 'good',
        h('p', t(r.ok === false ? 'about.reloadBad' : r.path.endsWith('test') ? 'about.testGood' : 'about.reloadGood')),
        h('ul', [...new Set([...lines(r.report), ...lines(r.errors), ...lines(r.warnings)])].map((line) => h('li', line))));
    return [h('div', { class: 'row' }, actButton({ text: t('about.test'), name: 'check', run: run('api/config/test') }), actButton({ text: t('about.reload'), name: 'refresh', run: run('api/config/reload') })),
        h('div', { 'aria-live': 'polite' }, () => result() && told(result()))];
}

export async function view() {
    const status = signal(null);
    const loaded = signal([]);
    const load = async () => {
        const [s, p] = await Promise.all([get('api/status'), get('api/plugins')]);
        status.set(s);
        loaded.set(p.plugins);
    };
    await load();
    return () => {
        follow(['config', 'stats'], load, { ms: 5000 });
        return h('div', head(t('about.title'), t('about.lead')),
            h('dl', { class: 'stats' }, stat(t('about.program'), () => status().version), stat(t('about.uptime'), () => span(status().uptime_s)),
                stat(t('about.workers'), () => number(status().workers)),
                stat(t('about.connections'), () => number(status().connections.open), { note: () => t('about.most', { n: status().connections.most }) })),
            () => status().options_waiting?.length > 0 && notice('info', h('p', t('about.waiting')), h('p', h('code', status().options_waiting.join(', ')))),
            card(t('about.listeners'), () => listeners(status())),
            h('div', { class: 'grid about-grid' }, card(t('about.health'), () => health(status())),
                card(t('about.plugins'), () => plugins(loaded()), h('p', h('a', { href: '#/plugins' }, t('about.pluginsMore'))))),
            card(t('about.configuration'), () => configuration(status().configuration), reloadBox()),
            upgradeCard(status, load),
            card(t('about.build'), () => build(status().build)),
            h('p', { class: 'faint' }, t('about.updates')));
    };
}
