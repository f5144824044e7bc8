// SPDX-License-Identifier: MIT
// generations - the configuration's history: who changed what, differences, the way back; what serves now; test and reload.

import { get, post } from '../lib/api.js';
import { button, openDialog } from '../lib/dialog.js';
import { dateTime, NOTHING, relative } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { setQuery } from '../lib/router.js';
import { computed, signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { compareCard, CURRENT } from '../parts/config_compare.js';
import { configBox, diffBox, findingBox } from '../parts/config_show.js';
import { findLines } from '../parts/config_text.js';
import { cut } from '../parts/cut.js';
import { actButton, card, chip, debounced, empty, head, table } from '../parts/ui.js';
import '../text/generations.js';

const SHOWN = 10;

// What is shown of who made a change: "key", "session 1f..", "socket root".
function whoText(who) {
    const [kind, ...rest] = (who ?? '').split(' ');
    const words = tOr('generations.by', kind);
    return words === kind ? who || NOTHING : [words, ...rest].join(' ');
}

const titleOf = (n) => t('generations.viewTitle', { n: String(n) });

async function showOne(generation) {
    const { text } = await get(`api/config/history/${generation.number}`);
    const title = titleOf(generation.number);
    const about = [dateTime(generation.when), whoText(generation.who),
        generation.what].filter(Boolean).join(' · ');
    await openDialog({ title, size: 'large', build: (close) => ({
        body: [h('p', { class: 'soft' }, about), configBox(findLines(text, '').lines, title)],
        actions: [button(t('common.close'), { onclick: () => close() })],
    }) });
}

// What would change is shown before anybody says yes.
async function restore(generation, load) {
    const n = String(generation.number);
    const { text } = await get('api/config/diff', { from: CURRENT, to: generation.number });
    const isWanted = await openDialog({ title: t('generations.restoreTitle', { n }), size: 'large',
        build: (close) => ({
            body: text ? [h('p', t('generations.restoreText')), diffBox(text)]
                : h('p', t('generations.restoreSame')),
            actions: [button(t('common.cancel'),
                { onclick: () => close(false), autofocus: true }),
                button(t('generations.restoreOf', { n }),
                { class: 'primary', onclick: () => close(true) })],
        }) });
    if (!isWanted)
        return;
    try {
        await post('api/config/restore', { generation: generation.number });
        say(t('generations.restored', { n }));
    } catch (e) {
        complain(e.status === 409 ? t('generations.changedMeanwhile')
            : t('generations.failed'), e);
    }
    await load();
}

function compareWithNow(generation) {
    setQuery({ from: String(generation.number), to: CURRENT });
    const head = document.getElementById('compare');
    head.scrollIntoView({ block: 'start' });
    head.focus({ preventScroll: true });
}

function rowActions(row, load) {
    const n = String(row.peek().number);
    const make = (text, label, run) => actButton({ text, 'aria-label': label, class: 'button quiet',
        fault: t('generations.failed'), run });
    return h('div', { class: 'row row-actions' },
        make(t('generations.view'), t('generations.showOf', { n }), () => showOne(row.peek())),
        () => !row().current && [
            make(t('generations.compare'), t('generations.compareOf', { n }),
                async () => compareWithNow(row.peek())),
            make(t('generations.restore'), t('generations.restoreOf', { n }),
                () => restore(row.peek(), load))]);
}

const when = (g) => (g.when
    ? h('time', { datetime: g.when, title: relative(g.when) }, dateTime(g.when)) : NOTHING);

const listTable = (list, load) => cut(list, SHOWN, (rows) => table({ caption: t('generations.list'), rows,
    key: (g) => g.number, columns: [
        { title: t('generations.number'), isHead: true, class: 'nowrap', cell: (g) => h('div', { class: 'row' },
            String(g.number), g.current && chip(t('generations.current'), 'good')) },
        { title: t('generations.when'), class: 'nowrap', cell: when },
        { title: t('generations.who'), cell: (g) => whoText(g.who) },
        { title: t('generations.what'), class: 'what-cell', cell: (g) => g.what ?? NOTHING },
        { title: t('generations.actions'), class: 'menu-cell',
            make: (row) => rowActions(row, load) },
    ] }));

function nowCard(now, loadNow, isAll) {
    const search = signal('');
    const found = computed(() => findLines(now()?.text ?? '', search()));
    const words = () => search.peek().toLowerCase().split(/\s+/).filter(Boolean);
    const set = debounced((text) => search.set(text), 150);
    return card(t('generations.now'), h('p', t('generations.nowLead')),
        h('div', { class: 'row' },
            h('input', { type: 'search', class: 'search',
                'aria-label': t('generations.search'), placeholder: t('generations.search'),
                oninput: (e) => set(e.target.value) }),
            h('label', { class: 'row' }, h('input', { type: 'checkbox', checked: () => isAll(), onchange: (e) => {
                isAll.set(e.target.checked);
                loadNow().catch((error) => complain(t('generations.failed'), error));
            } }), t('generations.showDefaults')),
            h('span', { class: 'soft', role: 'status' },
                () => (found().isAll ? '' : t('generations.hits', { n: found().hits })))),
        () => (now() === null ? h('p', { class: 'soft' }, t('common.loading')) : found().lines.length === 0 ? h('p', { class: 'soft' }, t('generations.noHits'))
            : configBox(found().lines, t('generations.now'), words())));
}

// What the last test or reload said: {isGood, told, report}.
async function testFiles(result) {
    const r = await post('api/config/test', {});
    result.set({ isGood: r.ok, told: t(r.ok ? 'generations.good' : 'generations.wrong'),
        report: r.report });
}

async function reloadFiles(result, load) {
    try {
        const r = await post('api/config/reload', {});
        result.set({ isGood: true, told: t('generations.goodReload', { n: String(r.version) }),
            report: r.report });
        await load();
    } catch (e) {
        const report = e.details.flatMap((lines) => lines.split('\n')).filter(Boolean);
        result.set({ isGood: false, told: `${t('generations.reloadFailed')}: ${e.message}`,
            report });
    }
}

export async function view() {
    const list = signal([]);
    const now = signal(null);
    const isAll = signal(false);
    const result = signal(null);
    const loadNow = async () => now.set(await get('api/config/show',
        { source: 'true', all: isAll.peek() ? 'true' : null }));
    const loadList = async () => list.set((await get('api/config/history')).generations);
    const load = () => Promise.all([loadList(), loadNow()]);
    const told = loadNow(); // long, and it stands below all else: the screen does not wait for it
    told.catch((e) => complain(t('generations.failed'), e));
    await loadList();
    const hasAny = computed(() => list().length > 0);
    const hasTwo = computed(() => list().length > 1);
    return () => {
        follow(['config'], load);
        return h('div', { class: 'manage' }, head(t('generations.title'), t('generations.lead'),
            actButton({ text: t('generations.test'), name: 'check',
                fault: t('generations.failed'), run: () => testFiles(result) }),
            actButton({ text: t('generations.reload'), name: 'refresh',
                fault: t('generations.failed'), run: () => reloadFiles(result, load) })),
        h('div', { 'aria-live': 'polite' }, () => result()
            && card(t('generations.tested'),
            findingBox(result().isGood, result().told, result().report))),
        () => (hasAny() ? listTable(list, load) : empty(t('generations.empty'))),
        () => hasTwo() && compareCard(list),
        nowCard(now, loadNow, isAll));
    };
}
