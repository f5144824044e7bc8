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
import { entry, fieldsShown, fileText, filterOf, join, LEVELS, MOST, push } from '../lib/loglines.js';
import { href, query, setQuery } from '../lib/router.js';
import { computed, effect, every, here, inScope, signal, untracked } from '../lib/signal.js';
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

const isId = (text) => /^[0-9A-Z]{26}$/.test(text);

// The id of a request leads to it.
const fieldNode = ([name, value]) => (name === 'req' && isId(value) ? [`${name}=`, h('a', { href: href(['requests', value]), tabindex: '-1' }, value)] : `${name}=${value}`);

// A press shows the whole line where lines are cut off.
const row = (line) => h('div', { class: `log-line ${line.level}`, role: 'listitem', onclick: (e) => !String(getSelection()) && e.currentTarget.classList.toggle('open') },
    h('time', { datetime: line.ts, title: dateTime(line.ts) }, time(line.ts)), h('span', { class: `log-level ${line.level}` }, t(`logs.short.${line.level}`)),
    h('span', { class: 'log-text' }, h('span', { class: 'log-event' }, line.event), ' ', line.msg, ' ', h('span', { class: 'log-fields' }, fieldsShown(line).map((field, i) => [i ? ' ' : '', fieldNode(field)]))));

// A thousand links are one stop of the tab key: arrows lead from one to the next.
function walk(e) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    const links = [...e.currentTarget.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (!step || at < 0 && step > 0 || !links.length)
        return;
    e.preventDefault();
    links.at(at < 0 ? -1 : Math.max(0, Math.min(links.length - 1, at + step))).focus();
}

function box(shown, isAtEnd) {
    const el = h('div', { class: () => (query().wrap ? 'log-box wrap' : 'log-box'), role: 'list', tabindex: '0', 'aria-label': t('logs.lines'), onkeydown: walk, onscroll: () => {
        isAtEnd.set(el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_PX);
    } });
    each(el, shown, (line) => line.n, (line) => row(line.peek()));
    effect(() => {
        shown();
        query();
        queueMicrotask(() => isAtEnd.peek() && el.scrollTo(0, el.scrollHeight));
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

const wrapButton = () => h('button', { type: 'button', class: 'button', 'aria-pressed': () => String(Boolean(query().wrap)), onclick: () => setQuery({ wrap: query.peek().wrap ? '' : '1' }) },
    () => query().wrap && icon('check'), h('span', t('logs.wrap')));

function tools(level) {
    const search = debounced((text) => setQuery({ q: text.trim() }), 200);
    return h('div', { class: 'log-tools' },
        segmented({ label: t('logs.showLevel'), value: level, change: (value) => setQuery({ level: value === 'debug' ? '' : value }),
            choices: LEVELS.map((value) => ({ value, text: t(`logs.level.${value}`) })) }),
        h('input', { type: 'search', class: 'search', 'aria-label': t('common.search'), placeholder: t('logs.searchHint'), autocomplete: 'off', spellcheck: 'false',
            value: () => query().q ?? '', oninput: (e) => search(e.target.value) }),
        wrapButton());
}

const foot = (f, shown, isAtEnd) => h('div', { class: 'row log-foot' },
    h('p', { class: 'soft', role: 'status' }, () => (shown().length ? t('logs.showing', { n: shown().length, all: f.lines().length }) : t(f.lines().length ? 'logs.nothingFits' : 'logs.nothing'))),
    () => !isAtEnd() && button(t('logs.newest'), { class: 'quiet', onclick: (e) => {
        const all = e.target.closest('.logs-view').querySelector('.log-box');
        all.scrollTo(0, all.scrollHeight);
        all.focus();
    } }, 'bottom'));

export async function view() {
    const [kept, level, captures, known] = await Promise.all([fetchKept(), fetchLevel(), fetchCaptures(), fetchKnown()]);
    return () => {
        const where = here();
        const f = feed(kept);
        const isAtEnd = signal(true);
        const least = computed(() => (LEVELS.includes(query().level) ? query().level : 'debug'));
        const shown = computed(() => f.lines().filter(filterOf({ level: least(), text: query().q ?? '' })));
        const taken = capturesCard(captures, known);
        // Another screen may have named a channel, this one or the one before it.
        effect(() => {
            const channel = query().capture;
            if (channel)
                untracked(() => inScope(where, () => {
                    setQuery({ capture: '' });
                    taken.start(channel);
                }));
        });
        return h('div', { class: 'logs-view' }, head(t('logs.title'), t('logs.lead'), pauseButton(f), button(t('logs.clear'), { onclick: f.clear }, 'close'), button(t('logs.save'), { onclick: () => save(shown.peek()) }, 'download')),
            tools(least), box(shown, isAtEnd), foot(f, shown, isAtEnd), levelCard(level), taken.node);
    };
}
