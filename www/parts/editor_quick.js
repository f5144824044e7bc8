// SPDX-License-Identifier: MIT
// editor_quick - a channel from whatever is pasted: what is recognised is shown at once, and can be taken out again.

import { post } from '../lib/api.js';
import { areaField, faultBox, selectField, switchField, textField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { isPrivate, maskKey, parsePaste } from '../lib/paste.js';
import { computed, effect, flush, signal } from '../lib/signal.js';
import { previewOf, requestUrl } from './editor_preview.js';
import { stagedTest } from './staged_test.js';
import { chip } from './ui.js';
import '../text/editor.js';

const OF_FAMILY = { messages: 'claude', responses: 'responses', gemini: 'gemini', chat: 'chat' };

// A name that no other channel has.
function freeName(base, taken) {
    for (let i = 1; ; i++) {
        const name = i === 1 ? base : `${base} ${i}`;
        if (!taken.has(name))
            return name;
    }
}

// What is pasted, and what comes of it.
export function quickState({ family, others, dialects }) {
    const [text, name, dialect] = [signal(''), signal(''), signal('')];
    const dropped = signal(new Set());
    const [isKeyless, mayPrivate] = [signal(false), signal(true)];
    const parsed = computed(() => parsePaste(text()));
    const urls = computed(() => parsed().urls.filter((one) => !dropped().has(one)));
    const keys = computed(() => parsed().keys.filter((one) => !dropped().has(one)));
    const known = (wanted) => (dialects.some((d) => d.name === wanted) ? wanted : '');
    const chosen = computed(() => dialect() || known(parsed().dialect) || known(OF_FAMILY[family])
        || dialects[0]?.name || '');
    const taken = new Set(others.map((c) => c.name || c.id));
    const made = computed(() => freeName(parsed().name || 'channel', taken));
    const hasPrivate = computed(() => urls().some(isPrivate));
    const hasNoKeys = computed(() => urls().length > 0 && keys().length === 0);
    const body = () => ({
        name: name.peek().trim() || made.peek(), dialect: chosen.peek(), base_urls: urls.peek(),
        ...(hasNoKeys.peek() && isKeyless.peek() ? { keyless: true } : { keys: keys.peek() }),
        ...(hasPrivate.peek() && mayPrivate.peek() ? { allow_private: true } : {}),
    });
    return { text, name, dialect, parsed, urls, keys, chosen, made, hasPrivate, hasNoKeys, isKeyless,
        mayPrivate, body,
        drop: (one) => dropped.update((all) => new Set([...all, one])),
        has: (url) => others.filter((c) => c.base_urls.includes(url)).map((c) => c.name || c.id).join(', '),
        isDirty: () => text().trim() !== '' || name() !== '',
        isReady: computed(() => urls().length > 0 && (keys().length > 0 || isKeyless()) && chosen() !== '') };
}

// What is left out gives the focus to what stands in its place.
function dropAt(e, q, value) {
    const list = e.currentTarget.closest('ul');
    const i = [...list.children].indexOf(e.currentTarget.closest('li'));
    q.drop(value);
    flush();
    (list.isConnected ? list.children[Math.min(i, list.children.length - 1)]?.querySelector('button')
        : null)?.focus();
}

const chipOf = (q, sign, text, value, kind) => h('li', { class: 'found', 'data-kind': kind },
    icon(sign), h('span', { class: 'found-text' }, text),
    h('button', { type: 'button', class: 'icon-button', title: t('editor.dropShort'),
        'aria-label': t('editor.drop', { name: kind === 'key' ? maskKey(value) : value }),
        onclick: (e) => dropAt(e, q, value) }, icon('close')));

function urlChip(q, told, url) {
    const error = () => told().find((one) => one.base_url === url)?.error;
    const target = () => requestUrl(told(), url);
    const others = q.has(url);
    return chipOf(q, 'globe', [h('strong', url),
        () => target() && h('span', { class: 'found-more' }, '→ ', h('code', target())),
        () => error() && h('span', { class: 'bad-text' }, error()),
        others && h('span', { class: 'warn-text' }, t('editor.urlTaken', { name: others }))], url, 'url');
}

const counts = (q) => h('p', { class: 'row', 'aria-live': 'polite' },
    () => q.text().trim() && [
        chip(t('editor.foundUrls', { n: q.urls().length }), q.urls().length ? 'good' : 'warn'),
        chip(t('editor.foundKeys', { n: q.keys().length }), q.keys().length ? 'good' : 'warn'),
        q.parsed().dialect && chip(tOr('dialect', q.parsed().dialect), 'info'),
        !q.isReady() && h('span', { class: 'warn-text' },
            t(q.urls().length ? 'editor.keyMissing' : 'editor.urlMissing'))]);

const foundBox = (q, told) => h('section', { class: 'found-box', 'aria-label': t('editor.found') },
    h('h3', t('editor.found')),
    counts(q),
    () => !q.text().trim() && h('p', { class: 'soft' }, t('editor.foundNothing')),
    h('ul', { class: 'founds' }, () => q.urls().map((url) => urlChip(q, told, url)),
        () => q.keys().map((key) => chipOf(q, 'key', h('code', maskKey(key)), key, 'key'))),
    () => q.hasNoKeys() && switchField({ label: t('editor.member.keyless'),
        hint: t('editor.help.keyless'), value: q.isKeyless }),
    () => q.hasPrivate() && switchField({ label: t('editor.member.allow_private'),
        hint: t('editor.privateHint'), value: q.mayPrivate }));

function whoForm(q, { fault, dialects }) {
    const chosen = Object.assign(() => q.chosen(), { peek: q.chosen.peek, set: q.dialect.set });
    const name = textField({ label: t('editor.member.name'), value: q.name, path: 'name',
        error: fault.at('name'), isOptional: true });
    effect(() => name.querySelector('input').setAttribute('placeholder', q.made()));
    return h('div', { class: 'form' }, name,
        selectField({ label: t('editor.member.dialect'), hint: t('editor.quickDialectHint'),
            value: chosen, path: 'dialect', error: fault.at('dialect'),
            choices: dialects.map((d) => ({ value: d.name, text: d.title || tOr('dialect', d.name) })) }));
}

export function quickForm(q, { fault, dialects }) {
    const told = previewOf(q.chosen, q.urls);
    return h('div', { class: 'stack editor-quick' },
        faultBox(fault.fault),
        h('div', { class: 'quick-halves' },
            areaField({ label: t('editor.paste'), hint: t('editor.pasteHint'), value: q.text, rows: 11, isWide: false,
                placeholder: t('editor.example'),
                props: { autofocus: true, class: 'secret-area', 'data-1p-ignore': '' } }),
            foundBox(q, told)),
        whoForm(q, { fault, dialects }),
        h('p', { class: 'soft' }, t('editor.quickLead')),
        () => q.isReady() && h('details', { class: 'editor-section', 'data-section': 'test' },
            h('summary', h('h3', t('editor.section.test')),
                h('span', { class: 'section-said ellipsis' }, t('editor.testLeadNew'))),
            stagedTest({ ask: (body) => post('api/channels/test', { ...body, channel: q.body() }) })));
}
