// SPDX-License-Identifier: MIT
// logs - what the log says now, how much it says, and requests captured whole.
//
// The newest thousand lines are kept, and only those: what comes is gathered and shown a few times a second, however busy
// the gateway is.  While it is paused, or while somebody reads further up, what he sees does not move.

import { get } from '../lib/api.js';
import { button } from '../lib/dialog.js';
import { segmented } from '../lib/form.js';
import { dateTime, time } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow, on } from '../lib/live.js';
import { entry, fieldsText, fileText, filterOf, join, LEVELS, MOST, push } from '../lib/loglines.js';
import { query, setQuery } from '../lib/router.js';
import { computed, effect, every, signal } from '../lib/signal.js';
import { capturesCard, fetchCaptures } from '../parts/captures.js';
import { fetchLevel, levelCard } from '../parts/log_level.js';
import { debounced, head } from '../parts/ui.js';
import '../text/logs.js';

const FLUSH_MS = 250;
const KEPT = 300;
const NEAR_PX = 40; // so near its end a list is read live

const quiet = (promise, fallback) => promise.catch(() => fallback);
const fetchKept = async () => (await get('api/log', { limit: KEPT })).lines.map(entry);

async function fetchKnown() {
    const [channels, clients] = await Promise.all([quiet(get('api/channels', { brief: 'true' }), { channels: [] }), quiet(get('api/clients'), { clients: [] })]);
    return { channels: channels.channels, clients: clients.clients ?? [] };
}

const row = (line) => h('div', { class: `log-line ${line.level}`, role: 'listitem' }, h('time', { datetime: line.ts, title: dateTime(line.ts) }, time(line.ts)),
    h('span', { class: `log-level ${line.level}` }, t(`logs.short.${line.level}`)),
    h('span', { class: 'log-text' }, h('span', { class: 'log-event' }, line.event), ' ', line.msg, ' ', h('span', { class: 'log-fields' }, fieldsText(line))));

function box(shown) {
    let isAtEnd = true;
    const el = h('div', { class: 'log-box', role: 'list', tabindex: '0', 'aria-label': t('logs.lines'), onscroll: () => {
        isAtEnd = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_PX;
    } });
    each(el, shown, (line) => line.n, (line) => row(line.peek()));
    effect(() => {
        shown();
        queueMicrotask(() => isAtEnd && el.scrollTo(0, el.scrollHeight));
    });
    return el;
}

function save(lines) {
    const address = URL.createObjectURL(new Blob([fileText(lines)], { type: 'text/plain' }));
    h('a', { href: address, download: `claude-proxy-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.log` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
}

// Lines as they come: {lines, isPaused, held, resume, clear}.
function feed(kept) {
    const lines = signal(kept);
    const isPaused = signal(false);
    const held = signal([]);
    let arrived = [];
    on(['log'], (line) => {
        arrived.push(entry(line));
        if (arrived.length > MOST * 2)
            arrived = arrived.slice(-MOST);
    });
    every(FLUSH_MS, () => {
        if (!arrived.length || document.hidden)
            return;
        const target = isPaused.peek() ? held : lines;
        target.set(push(target.peek(), arrived));
        arrived = [];
    });
    follow([], async () => lines.set(join(await fetchKept(), lines.peek())), { ms: 5000 });
    const resume = () => {
        isPaused.set(false);
        lines.update((all) => push(all, held.peek()));
        held.set([]);
    };
    const clear = () => {
        lines.set([]);
        held.set([]);
    };
    return { lines, isPaused, held, resume, clear };
}

const pauseButton = (f) => h('button', { type: 'button', class: 'button', 'aria-pressed': () => String(f.isPaused()), onclick: () => (f.isPaused.peek() ? f.resume() : f.isPaused.set(true)) },
    () => icon(f.isPaused() ? 'play' : 'pause'), h('span', () => (f.isPaused() ? t('logs.resume', { n: f.held().length }) : t('logs.pause'))));

function tools(f, shown, level) {
    const search = debounced((text) => setQuery({ q: text.trim() }), 200);
    return h('div', { class: 'log-tools' },
        segmented({ label: t('logs.showLevel'), value: level, change: (value) => setQuery({ level: value === 'debug' ? '' : value }),
            choices: LEVELS.map((value) => ({ value, text: t(`logs.level.${value}`) })) }),
        h('input', { type: 'search', class: 'search', 'aria-label': t('common.search'), placeholder: t('logs.searchHint'), autocomplete: 'off', spellcheck: 'false',
            value: () => query().q ?? '', oninput: (e) => search(e.target.value) }),
        pauseButton(f), button(t('logs.clear'), { onclick: f.clear }, 'close'), button(t('logs.save'), { onclick: () => save(shown.peek()) }, 'download'));
}

export async function view() {
    const [kept, level, captures, known] = await Promise.all([fetchKept(), fetchLevel(), fetchCaptures(), fetchKnown()]);
    return () => {
        const f = feed(kept);
        const least = computed(() => (LEVELS.includes(query().level) ? query().level : 'debug'));
        const shown = computed(() => f.lines().filter(filterOf({ level: least(), text: query().q ?? '' })));
        const taken = capturesCard(captures, known);
        const channel = query.peek().capture;
        if (channel) {
            setQuery({ capture: '' });
            taken.start(channel);
        }
        return h('div', { class: 'logs-view' }, head(t('logs.title'), t('logs.lead')), tools(f, shown, least), box(shown),
            h('p', { class: 'soft', role: 'status' }, () => (shown().length ? t('logs.showing', { n: shown().length, all: f.lines().length }) : t(f.lines().length ? 'logs.nothingFits' : 'logs.nothing'))),
            h('div', { class: 'grid wide' }, levelCard(level)), taken.node);
    };
}
