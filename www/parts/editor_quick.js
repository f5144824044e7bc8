// SPDX-License-Identifier: MIT
// editor_quick - a channel from whatever is pasted: what is recognised is shown at once, and can be taken out again.

import { areaField, faultBox, selectField, textField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { maskKey, parsePaste } from '../lib/paste.js';
import { computed, effect, signal } from '../lib/signal.js';
import { previewOf, requestUrl } from './editor_preview.js';
import '../text/editor.js';

const OF_FAMILY = { messages: 'claude', responses: 'responses', gemini: 'gemini', chat: 'chat' };

// What is pasted, and what comes of it; names of other channels are not given twice.
export function quickState({ family, taken, dialects }) {
    const text = signal('');
    const dropped = signal(new Set());
    const name = signal('');
    const dialect = signal('');
    const parsed = computed(() => parsePaste(text()));
    const keep = (list) => list.filter((one) => !dropped().has(one));
    const urls = computed(() => keep(parsed().urls));
    const keys = computed(() => keep(parsed().keys));
    const known = (wanted) => (dialects.some((d) => d.name === wanted) ? wanted : '');
    const chosen = computed(() => dialect() || known(parsed().dialect) || known(OF_FAMILY[family]) || dialects[0]?.name || '');
    const made = computed(() => {
        const base = parsed().name || 'channel';
        for (let i = 1; ; i++)
            if (!taken.has(i === 1 ? base : `${base} ${i}`))
                return i === 1 ? base : `${base} ${i}`;
    });
    const drop = (one) => dropped.update((all) => new Set([...all, one]));
    const body = () => ({ name: name.peek().trim() || made.peek(), dialect: chosen.peek(), base_urls: urls.peek(), keys: keys.peek() });
    return { text, name, dialect, parsed, urls, keys, chosen, made, drop, body, isReady: computed(() => urls().length > 0 && keys().length > 0 && chosen() !== '') };
}

const chipOf = (q, name, text, value, kind) => h('li', { class: 'found', 'data-kind': kind },
    icon(name), h('span', { class: 'found-text' }, text),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': t('editor.drop', { name: kind === 'key' ? maskKey(value) : value }), onclick: () => q.drop(value) }, icon('close')));

const urlChip = (q, told, url) => chipOf(q, 'globe', [h('strong', url), () => requestUrl(told(), url) && h('span', { class: 'found-more' }, `→ ${requestUrl(told(), url)}`),
    () => told().find((one) => one.base_url === url)?.error && h('span', { class: 'bad-text' }, told().find((one) => one.base_url === url).error)], url, 'url');

function foundBox(q, told) {
    return h('section', { class: 'found-box stack', 'aria-label': t('editor.found'), 'aria-live': 'polite' },
        () => !q.text().trim() && h('p', { class: 'soft' }, t('editor.foundNothing')),
        () => q.text().trim() && h('p', { class: 'row' }, h('span', { class: q.urls().length ? 'chip good' : 'chip warn' }, t('editor.foundUrls', { n: q.urls().length })),
            h('span', { class: q.keys().length ? 'chip good' : 'chip warn' }, t('editor.foundKeys', { n: q.keys().length })),
            q.parsed().dialect && h('span', { class: 'chip info' }, tOr('dialect', q.parsed().dialect))),
        () => h('ul', { class: 'founds' }, q.urls().map((url) => urlChip(q, told, url)), q.keys().map((key) => chipOf(q, 'key', h('code', maskKey(key)), key, 'key'))),
        () => q.text().trim() && !q.isReady() && h('p', { class: 'warn-text' }, t(q.urls().length ? 'editor.keyMissing' : 'editor.urlMissing')));
}

export function quickForm(q, { fault, dialects }) {
    const told = previewOf(q.chosen, q.urls);
    const chosen = Object.assign(() => q.chosen(), { peek: q.chosen.peek, set: q.dialect.set });
    const select = selectField({ label: t('editor.member.dialect'), hint: t('editor.quickDialectHint'), value: chosen, path: 'dialect', error: fault.at('dialect'),
        choices: dialects.map((d) => ({ value: d.name, text: d.title || tOr('dialect', d.name) })) });
    const name = textField({ label: t('editor.member.name'), value: q.name, path: 'name', error: fault.at('name'), isOptional: true });
    effect(() => name.querySelector('input').setAttribute('placeholder', q.made()));
    return h('div', { class: 'stack editor-quick' },
        faultBox(fault.fault),
        areaField({ label: t('editor.paste'), hint: t('editor.pasteHint'), value: q.text, rows: 8, props: { autofocus: true, class: 'secret-area', 'data-1p-ignore': '' } }),
        foundBox(q, told),
        h('div', { class: 'form' }, name, select));
}
